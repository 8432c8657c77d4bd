import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout } from 'node:timers/promises';
import { isErrno } from '@graphdriver/host';
import { containerFiles } from './container-files.ts';
import { readContainerState } from './container-state.ts';
import type { LogStream } from './json-log.ts';
import { hasShape, isString, oneOf, parseJson, type Shape } from './record-shape.ts';

/** A line that a container has printed. */
export interface LogEntry {
  /** With its newline; a line that is very long, or is not ended, has none. */
  readonly log: string;
  readonly stream: LogStream;
  /** As `2026-01-31T12:00:00.000Z`. */
  readonly time: string;
}

const SHAPE: Shape<LogEntry> = { log: isString, stream: oneOf('stdout', 'stderr'), time: isString };

/** Options of {@link readLogs}. */
export interface LogOptions {
  /** Goes on with what is printed, until the container ends. */
  readonly follow?: boolean;
  /** Only what was printed at that time or later. */
  readonly since?: Date;
  /** Only the last so many of the lines that are there already. */
  readonly tail?: number;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal;
}

const PIECE = 64 * 1024;
const POLL = 50;

/** Reads what a container has printed, over all its runs that the log still has, the oldest line first. */
export async function* readLogs(
  directory: string,
  options: LogOptions = {},
): AsyncGenerator<LogEntry, void, undefined> {
  const { since, tail } = options;
  const from = since?.getTime() ?? Number.NEGATIVE_INFINITY;
  let waiting: LogEntry[] | undefined = tail === undefined ? undefined : [];
  for await (const found of followEntries(directory, options)) {
    if (found === 'now') {
      yield* waiting ?? [];
      waiting = undefined;
    } else if (Date.parse(found.time) < from) {
    } else if (waiting === undefined) yield found;
    else {
      waiting.push(found);
      if (waiting.length > (tail ?? 0)) waiting.shift();
    }
  }
}

/** All entries, and `now` where those end that were there at the beginning. */
async function* followEntries(
  directory: string,
  options: LogOptions,
): AsyncGenerator<LogEntry | 'now', void, undefined> {
  const { follow = false, signal } = options;
  const reader = new LogReader(containerFiles(directory).log);
  let isNow = false;
  try {
    while (signal?.aborted !== true) {
      // Asked before the reading: what was printed until then is read yet.
      const isRunning = follow && readContainerState(directory).status === 'running';
      yield* reader.rest();
      if (!isNow) yield 'now';
      isNow = true;
      if (!isRunning) return;
      await setTimeout(POLL, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  } finally {
    reader.close();
  }
}

interface OpenLog {
  readonly fd: number;
  readonly inode: number;
  readonly decoder: StringDecoder;
  position: number;
  /** The beginning of a line that is not written to its end yet. */
  rest: string;
}

/** Reads the files of a log one after another, while they are written and moved on. */
class LogReader {
  readonly #path: string;
  #open: OpenLog | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Everything up to the end of the newest file. */
  *rest(): Generator<LogEntry, void, undefined> {
    for (;;) {
      if (this.#open !== undefined) yield* this.#restOfFile();
      const next = this.#nextFile();
      if (next === undefined) return;
      // What came between the end of reading and the move.
      if (this.#open !== undefined) yield* this.#restOfFile();
      this.close();
      this.#open = next;
    }
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #nextFile(): OpenLog | undefined {
    const files = logFiles(this.#path);
    const current = files.findIndex(({ inode }) => inode === this.#open?.inode);
    const next = files[current + 1];
    if (next === undefined) return undefined;
    try {
      return {
        fd: openSync(next.path, 'r'),
        inode: next.inode,
        decoder: new StringDecoder('utf8'),
        position: 0,
        rest: '',
      };
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  *#restOfFile(): Generator<LogEntry, void, undefined> {
    const open = this.#open;
    if (open === undefined) return;
    const piece = Buffer.alloc(PIECE);
    // A log of one file is emptied when it is full.
    if (fstatSync(open.fd).size < open.position) Object.assign(open, { position: 0, rest: '' });
    for (;;) {
      const length = readSync(open.fd, piece, 0, PIECE, open.position);
      if (length === 0) return;
      open.position += length;
      const lines = (open.rest + open.decoder.write(piece.subarray(0, length))).split('\n');
      open.rest = lines.pop() ?? '';
      for (const line of lines) yield* parsed(line);
    }
  }
}

/** The files that exist, the oldest first. */
function logFiles(path: string): { path: string; inode: number }[] {
  const name = basename(path);
  const numbers = readdirSync(dirname(path)).flatMap((file) => {
    if (file === name) return [0];
    const number = file.startsWith(`${name}.`) ? Number(file.slice(name.length + 1)) : Number.NaN;
    return Number.isInteger(number) ? [number] : [];
  });
  return numbers
    .sort((a, b) => b - a)
    .flatMap((number) => {
      const file = join(dirname(path), number === 0 ? name : `${name}.${number}`);
      try {
        return [{ path: file, inode: statSync(file).ino }];
      } catch {
        return [];
      }
    });
}

/** A line that a crash has torn says nothing. */
function parsed(line: string): LogEntry[] {
  const value = parseJson(line);
  return hasShape<LogEntry>(value, SHAPE) ? [value] : [];
}
