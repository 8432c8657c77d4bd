import { closeSync, constants, openSync, write, writevSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { isErrno } from './errno.ts';
import { lastErrno, libc } from './libc.ts';

// include/uapi/linux/fuse.h: _IOW(229, 1, struct fuse_backing_map) and _IOW(229, 2, uint32_t).
const BACKING_OPEN = 0x4010e501;
const BACKING_CLOSE = 0x4004e502;
const ENODEV = 19;

const map = Buffer.alloc(16);
const id = Buffer.alloc(4);

/**
 * A descriptor of /dev/fuse: one connection to the kernel. Its calls never block and never throw: a failure is the negative errno,
 * for the two in the hot path fail in the ordinary course of things.
 */
export class FuseDevice {
  readonly fd: number;
  /** Writes that other threads are at: the descriptor's number must not become that of another file meanwhile. */
  #writing = 0;
  #isClosed = false;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * A new connection, to be mounted. Children do not inherit it.
   *
   * @throws {StorageError} `PREREQUISITE_MISSING` without FUSE, `PERMISSION_DENIED`
   */
  static open(): FuseDevice {
    try {
      return new FuseDevice(openSync('/dev/fuse', constants.O_RDWR | constants.O_NONBLOCK));
    } catch (error) {
      const missing = isErrno(error, 'ENOENT', 'ENXIO', 'ENODEV');
      throw new StorageError(missing ? 'PREREQUISITE_MISSING' : 'PERMISSION_DENIED', 'Could not open /dev/fuse.', {
        hint: missing ? 'Load the module fuse, or let this container have the device.' : 'Run as a user that may.',
        cause: error,
      });
    }
  }

  /** A connection that another process made, through a descriptor that this one inherited. It must not block (O_NONBLOCK). */
  static adopt(fd: number): FuseDevice {
    return new FuseDevice(fd);
  }

  /** Takes the next request. `-EAGAIN`: there is none; `-ENODEV`: it is not mounted any more; `-ENOENT`: it was withdrawn. */
  read(into: Buffer): number {
    const result = libc().read(this.fd, into, into.length);
    return result < 0 ? -lastErrno() : result;
  }

  /** Gives an answer or a notification. `-ENOENT`: nobody waits for it any more. */
  write(bytes: Buffer, length: number): number {
    const result = libc().write(this.fd, bytes, length);
    return result < 0 ? -lastErrno() : result;
  }

  /** The same from several pieces, without copying them together. */
  writePieces(pieces: readonly Uint8Array[]): number {
    try {
      return writevSync(this.fd, pieces);
    } catch (error) {
      const { errno } = error as { errno?: number }; // What Node throws for a failed call has it.
      return errno ?? -5;
    }
  }

  /** As {@link write}, in another thread: for what the kernel may only take once this one has answered it something. */
  writeInThread(bytes: Uint8Array): Promise<number> {
    if (this.#isClosed) return Promise.resolve(-ENODEV);
    this.#writing += 1;
    return new Promise((resolve) => {
      write(this.fd, bytes, 0, bytes.length, null, (error, written) => {
        this.#writing -= 1;
        if (this.#isClosed && this.#writing === 0) closeSync(this.fd);
        resolve(error === null ? written : (error.errno ?? -5));
      });
    });
  }

  /**
   * Lets the kernel read and write the open file `fd` by itself, for ever with the privileges that this thread has now: the backing id,
   * above 0, or the negative errno. Linux 6.9.
   */
  openBacking(fd: number): number {
    map.fill(0);
    map.writeInt32LE(fd, 0);
    const result = libc().ioctl(this.fd, BACKING_OPEN, map);
    return result < 0 ? -lastErrno() : result;
  }

  /** Ends a backing id; open files that use it keep it alive. */
  closeBacking(backingId: number): number {
    id.writeUInt32LE(backingId, 0);
    const result = libc().ioctl(this.fd, BACKING_CLOSE, id);
    return result < 0 ? -lastErrno() : result;
  }

  /**
   * Closes, as soon as no thread writes any more. The last descriptor of a connection aborts it: every file in the mount then fails with
   * ENOTCONN.
   */
  close(): void {
    this.#isClosed = true;
    if (this.#writing === 0) closeSync(this.fd);
  }
}
