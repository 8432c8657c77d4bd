import { constants } from 'node:os';

/** A failure as the kernel knows it. Made once per name and used again: it has no stack of its own, and costs nothing to return. */
export class Errno extends Error {
  override readonly name = 'Errno';
  /** As in `ENOENT`. */
  readonly code: string;
  /** Negative, as errors of Node have it. */
  readonly errno: number;

  constructor(code: string, number: number) {
    super(code);
    this.code = code;
    this.errno = -number;
  }
}

// Linux numbers that Node has no name for.
const BEYOND_NODE: Readonly<Record<string, number>> = { EUCLEAN: 117, EREMOTEIO: 121, ENOATTR: 61, ENOTSUPP: 95 };
const known = new Map<string, Errno>();

/**
 * The failure named `code`: `return errno('ENOENT')`. Always the same object for the same name.
 *
 * @throws {TypeError} where Linux has no such errno
 */
export function errno(code: ErrnoName): Errno {
  const found = known.get(code);
  if (found !== undefined) return found;
  // The index type of Node's constants is narrower than all the names that it has.
  const number = (constants.errno as Readonly<Record<string, number>>)[code] ?? BEYOND_NODE[code];
  if (number === undefined) throw new TypeError(`There is no errno ${code}.`);
  const made = new Errno(code, number);
  known.set(code, made);
  return made;
}

/** A name of errno(3). */
export type ErrnoName = `E${string}`;

const EIO = 5;
const EINTR = 4;
// The kernel takes any answer beyond these for a defect of the server (fs/fuse/dev.c: -512 < error <= 0).
const LAST = 511;

/** The positive number to answer for `failure`, or `undefined` where it is no failure of a system call but a defect. */
export function errnoOf(failure: unknown): number | undefined {
  if (failure instanceof Errno) return -failure.errno;
  if (!(failure instanceof Error)) return undefined;
  if (failure.name === 'AbortError') return EINTR;
  const { errno: number } = failure as { errno?: unknown }; // What Node adds to an Error is in no type of its own.
  if (typeof number !== 'number' || !Number.isInteger(number) || number >= 0) return undefined;
  return -number > LAST ? EIO : -number;
}
