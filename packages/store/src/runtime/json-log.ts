import { constants, fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { closeFile, isErrno, openFile, renameFile, truncateFile, writeBytes } from '@graphdriver/host';

/** When a log begins a new file, and how many it keeps. */
export interface LogLimits {
  /** Bytes; no limit unless told. */
  readonly maxSize?: number | undefined;
  /** All files together; 1 unless told, which is emptied when it is full. */
  readonly maxFiles?: number | undefined;
}

/** Which of a program's outputs a line came from. */
export type LogStream = 'stdout' | 'stderr';

// As Docker: longer lines are cut into pieces, of which only the last one ends in a newline.
const LONGEST_LINE = 16 * 1024;
const NEWLINE = 0x0a;

/**
 * Docker's `json-file` log: an object per line with what was printed (`log`), by which output (`stream`), and when (`time`).
 *
 * A full disk loses lines and does not stop the program.
 */
export class JsonLog {
  readonly #path: string;
  readonly #limits: LogLimits;
  #fd: number;
  #size: number;

  /** Opens the log to go on with it. @throws the errno error */
  constructor(path: string, limits: LogLimits = {}) {
    this.#path = path;
    this.#limits = limits;
    this.#fd = openLog(path);
    this.#size = fstatSync(this.#fd).size;
  }

  /** Takes what the program prints. Ending it writes what is left of a line that has not ended. */
  stream(name: LogStream): Writable {
    let rest: Buffer = Buffer.alloc(0);
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        rest = this.#lines(name, rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
        done();
      },
      final: (done) => {
        if (rest.length > 0) this.#line(name, rest);
        rest = Buffer.alloc(0);
        done();
      },
    });
  }

  close(): void {
    closeFile(this.#fd);
  }

  #lines(name: LogStream, bytes: Buffer): Buffer {
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? bytes.length : newline + 1;
      if (end - start > LONGEST_LINE) {
        const cut = characterStart(bytes, start + LONGEST_LINE);
        this.#line(name, bytes.subarray(start, cut));
        start = cut;
      } else if (newline === -1) break;
      else {
        this.#line(name, bytes.subarray(start, end));
        start = end;
      }
    }
    // A copy: the piece that it is of may be large.
    return Buffer.from(bytes.subarray(start));
  }

  #line(stream: LogStream, text: Buffer): void {
    const entry = { log: text.toString('utf8'), stream, time: new Date().toISOString() };
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      const { maxSize } = this.#limits;
      if (maxSize !== undefined && this.#size > 0 && this.#size + bytes.length > maxSize) this.#rotate();
      writeBytes(this.#fd, bytes);
      this.#size += bytes.length;
    } catch (error) {
      if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EIO')) throw error;
    }
  }

  #rotate(): void {
    const { maxFiles = 1 } = this.#limits;
    if (maxFiles <= 1) {
      truncateFile(this.#fd, 0);
    } else {
      for (let index = maxFiles - 1; index >= 1; index -= 1) shift(this.#path, index);
      const next = openLog(this.#path);
      closeFile(this.#fd);
      this.#fd = next;
    }
    this.#size = 0;
  }
}

function openLog(path: string): number {
  return openFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o640);
}

function shift(path: string, index: number): void {
  try {
    renameFile(index === 1 ? path : `${path}.${index - 1}`, `${path}.${index}`);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** The last place at or before `index` that is not inside of a UTF-8 character. */
function characterStart(bytes: Buffer, index: number): number {
  for (let at = index; at > index - 4; at -= 1) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  return index;
}
