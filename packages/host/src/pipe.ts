import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { faultPoint } from './fault-point.ts';
import { checked, libc } from './libc.ts';
import { closeFile } from './open-files.ts';

// Node's constants lack it; the same on every architecture that Node runs on.
const O_CLOEXEC = 0o2000000;

/** A pipe of the kernel. Each end is either a descriptor to be given to a process, or a stream of this one. */
export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
  /** Reads the pipe from now on; ends when nobody has the other end any more, and closes `readEnd` then. */
  reader(): Readable;
  /** Writes to the pipe from now on; ending it closes `writeEnd`. */
  writer(): Writable;
  /** Closes the ends that are no streams. Repeating it does nothing. */
  close(...ends: readonly ('read' | 'write')[]): void;
}

/**
 * Makes a pipe. Unlike the socket pairs that Node makes for a child, the child can open its end by name, as `/dev/stdout`.
 * Children inherit neither end unless it is given to them.
 *
 * @throws the errno error (EMFILE); {StorageError} `PREREQUISITE_MISSING`
 */
export function openPipe(): Pipe {
  faultPoint('pipe');
  const ends = Buffer.alloc(8);
  checked('pipe2', libc().pipe2(ends, O_CLOEXEC));
  const numbers = { read: ends.readInt32LE(0), write: ends.readInt32LE(4) };
  const open = new Set(['read', 'write']);
  return {
    readEnd: numbers.read,
    writeEnd: numbers.write,
    reader() {
      open.delete('read');
      return new Socket({ fd: numbers.read, readable: true, writable: false });
    },
    writer() {
      open.delete('write');
      return new Socket({ fd: numbers.write, readable: false, writable: true });
    },
    close(...which) {
      for (const end of which) if (open.delete(end)) closeFile(numbers[end]);
    },
  };
}
