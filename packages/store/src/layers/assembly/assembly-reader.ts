import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { StoreError } from '../../store-error.ts';
import {
  ASSEMBLY_MAGIC,
  type AssemblyRecord,
  BYTES_RECORD,
  END_RECORD,
  FILE_RECORD,
  type FileReference,
} from './assembly-format.ts';

const CHUNK = 256 * 1024;

/** Reads an assembly file from its first record to its last. @throws {StoreError} `CORRUPT_STORE` */
export async function* readAssembly(path: string): AsyncGenerator<AssemblyRecord> {
  const source = createReadStream(path, { highWaterMark: CHUNK });
  const gunzip = createGunzip({ chunkSize: CHUNK });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    yield* records(new Pieces(gunzip));
  } catch (error) {
    throw isSystemError(error)
      ? new StoreError('CORRUPT_STORE', `The assembly ${path} cannot be read.`, { cause: error })
      : error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function* records(pieces: Pieces): AsyncGenerator<AssemblyRecord> {
  if (!(await pieces.take(ASSEMBLY_MAGIC.length)).equals(ASSEMBLY_MAGIC)) throw corrupt();
  for (;;) {
    const kind = (await pieces.take(1))[0];
    if (kind === END_RECORD) return;
    const length = (await pieces.take(4)).readUInt32LE();
    if (kind === BYTES_RECORD) yield { kind: 'bytes', bytes: await pieces.take(length) };
    else if (kind === FILE_RECORD) yield { kind: 'file', file: parseFile(await pieces.take(length)) };
    else throw corrupt();
  }
}

function parseFile(header: Buffer): FileReference {
  return JSON.parse(header.toString()) as FileReference; // What AssemblyWriter wrote; gzip has a checksum.
}

/** Takes a stream apart by the byte. */
class Pieces {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    if (this.#rest.length < length) await this.#fill(length);
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return piece;
  }

  async #fill(length: number): Promise<void> {
    const parts = [this.#rest];
    for (let have = this.#rest.length; have < length; ) {
      const next = await this.#chunks.next();
      if (next.done === true) throw corrupt();
      parts.push(next.value);
      have += next.value.length;
    }
    this.#rest = Buffer.concat(parts);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.name !== 'StoreError';
}

function corrupt(): StoreError {
  return new StoreError('CORRUPT_STORE', 'An assembly of a layer is damaged or not complete.');
}
