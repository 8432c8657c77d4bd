import { closeSync, constants, openSync } from 'node:fs';
import { isLockedByOther, lockOffset } from './byte-lock.ts';
import { isErrno } from './errno.ts';
import { libcRefusal } from './libc.ts';

/**
 * A look at who holds what in a file of locks or of process marks, for those who must change nothing: the file is opened for reading,
 * is never made, and nothing is locked in it.
 */
export class LockGlance {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** `undefined` where there is no such file, and where the kernel cannot be asked because koffi does not load. */
  static open(path: string): LockGlance | undefined {
    if (libcRefusal() !== undefined) return undefined;
    try {
      return new LockGlance(openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Tells whether anybody holds a key, or lives under a token, at this moment. 3 µs. */
  isHeld(key: string): boolean {
    return isLockedByOther(this.#fd, lockOffset(key));
  }

  /** The file is no longer looked at. To be called once. */
  close(): void {
    closeSync(this.#fd);
  }
}
