import { once } from 'node:events';
import { createGzip, type Gzip } from 'node:zlib';
import { closeFile, createFile, unlinkFile, writeBytes } from '@graphdriver/host';
import {
  ASSEMBLY_MAGIC,
  BYTES_RECORD,
  END_RECORD,
  FILE_RECORD,
  type FileReference,
  recordHead,
} from './assembly-format.ts';

/** Records are collected up to this many bytes: each call of zlib costs as much as to compress kilobytes. */
const BLOCK = 64 * 1024;

/** Writes an assembly file. Headers compress to a tenth at the fastest level, and no better at others. */
export class AssemblyWriter implements AsyncDisposable {
  readonly #path: string;
  readonly #fd: number;
  readonly #gzip: Gzip = createGzip({ level: 1 });
  /** Bytes of the archive that are not in a record yet. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #records: Buffer[] = [];
  #recordBytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #finished = false;

  /** Makes the file, which must not exist. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = createFile(path, 0o600);
    this.#gzip.on('error', (error) => this.#fail(error));
    this.#gzip.on('data', (chunk: Buffer) => this.#write(chunk));
    this.#gzip.write(ASSEMBLY_MAGIC);
  }

  /** Adds bytes of the archive. They are copied. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(Buffer.from(bytes));
    this.#pieceBytes += bytes.length;
    if (this.#pieceBytes >= BLOCK) this.#closeRecord();
  }

  /** Adds the data of a file. */
  file(file: FileReference): void {
    this.#closeRecord();
    const header = Buffer.from(JSON.stringify(file));
    this.#add([recordHead(FILE_RECORD, header.length), header]);
  }

  /** Waits where the disk is slower than what is added. */
  async drain(): Promise<void> {
    this.#throwFailure();
    if (this.#gzip.writableNeedDrain) await once(this.#gzip, 'drain');
    this.#throwFailure();
  }

  /** Completes the file. It is not durable yet. */
  async finish(): Promise<void> {
    this.#closeRecord();
    const ended = once(this.#gzip, 'end');
    this.#gzip.end(Buffer.concat([...this.#records, Buffer.from([END_RECORD])]));
    await ended;
    this.#throwFailure();
    this.#finished = true;
    closeFile(this.#fd);
  }

  /** Removes the file unless it was finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    this.#gzip.removeAllListeners('data');
    this.#gzip.destroy();
    closeFile(this.#fd);
    unlinkFile(this.#path);
  }

  #closeRecord(): void {
    if (this.#pieceBytes === 0) return;
    this.#add([recordHead(BYTES_RECORD, this.#pieceBytes), ...this.#pieces]);
    this.#pieces = [];
    this.#pieceBytes = 0;
  }

  #add(parts: readonly Buffer[]): void {
    for (const part of parts) {
      this.#records.push(part);
      this.#recordBytes += part.length;
    }
    if (this.#recordBytes < BLOCK) return;
    this.#gzip.write(Buffer.concat(this.#records));
    this.#records = [];
    this.#recordBytes = 0;
  }

  #write(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    try {
      writeBytes(this.#fd, chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  // A stream that is destroyed by its error would leave those who wait for it waiting.
  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
