import { closeSync } from 'node:fs';
import { checked, lastErrno, libc, nativeCalls } from './libc.ts';

const EPOLL_CLOEXEC = 0x80000;
const EPOLLIN = 1;
const ADD = 1;
const REMOVE = 2;
const EINTR = 4;
const AT_ONCE = 64;
// struct epoll_event is packed on x86-64 and only there (include/uapi/linux/eventpoll.h).
const [DATA, EVENT_SIZE] = process.arch === 'x64' ? [4, 12] : [8, 16];

/** Descriptors that are waited for together, by epoll(7): looking costs the same however many they are. */
export class ReadySet {
  readonly fd: number;
  readonly #events = Buffer.alloc(AT_ONCE * EVENT_SIZE);
  readonly #event = Buffer.alloc(EVENT_SIZE);

  constructor() {
    this.fd = checked('epoll_create1', libc().epollCreate(EPOLL_CLOEXEC));
  }

  /** Takes a descriptor in. @throws the errno error */
  add(fd: number): void {
    this.#event.writeUInt32LE(EPOLLIN, 0);
    this.#event.writeInt32LE(fd, DATA);
    checked('epoll_ctl', libc().epollCtl(this.fd, ADD, fd, this.#event));
  }

  /** Takes a descriptor out; to be done before it is closed. */
  remove(fd: number): void {
    libc().epollCtl(this.fd, REMOVE, fd, this.#event);
  }

  /**
   * Waits until a descriptor is readable or broken, but at most `milliseconds`, and blocks this thread meanwhile.
   * Returns how many there are, at most 64: {@link ready} names them until the next call. 0.4 µs where something is ready.
   */
  wait(milliseconds: number): number {
    const result = libc().epollWait(this.fd, this.#events, AT_ONCE, milliseconds);
    return result >= 0 || lastErrno() === EINTR ? Math.max(result, 0) : checked('epoll_wait', result);
  }

  /** The descriptor in place `index` of those that the last {@link wait} found. */
  ready(index: number): number {
    return this.#events.readInt32LE(index * EVENT_SIZE + DATA);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** A descriptor that the event loop watches. */
export interface Watch {
  /** Ends it. To be done before the descriptor is closed. */
  close(): void;
}

/**
 * Calls `onReadable` from the event loop whenever `fd` is readable, again and again until it has been read from. Keeps the process
 * alive. Any descriptor that poll(2) knows will do, a {@link ReadySet} among them.
 */
export function watchReadable(fd: number, onReadable: () => void): Watch {
  const handle = nativeCalls().node.poll(fd, { readable: true }, onReadable);
  return {
    close() {
      handle.stop();
      handle.close();
    },
  };
}

/**
 * The descriptor that is readable when the event loop of the main thread has something to do (timers apart), or `undefined` where
 * this program does not say. It is libuv's own epoll descriptor: to be waited for beside others, and for nothing else.
 */
export function eventLoopDescriptor(): number | undefined {
  try {
    const program = nativeCalls().load(null);
    const fd: unknown = program.func('int uv_backend_fd(void *)')(program.func('void *uv_default_loop()')());
    return typeof fd === 'number' && fd >= 0 ? fd : undefined;
  } catch {
    return undefined;
  }
}
