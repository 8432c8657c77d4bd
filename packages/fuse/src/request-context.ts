import type { Message } from './message.ts';

/** Who asks, and whether it still wants to know. One for each request. */
export class RequestContext {
  /** User and group that the process acts as (its fsuid), in the server's user namespace. */
  readonly uid: number;
  readonly gid: number;
  /** The thread that asks; 0 where it is not visible in the server's pid namespace. */
  readonly pid: number;
  /** As the protocol numbers it; see {@link OPCODES}. */
  readonly opcode: number;
  /** The kernel's own number of the request, which no other of the mount has. It stays when the request is sent again. */
  readonly id: number;
  /**
   * Another process had taken this request, and has not answered: it may have done what is asked, or not. Only after
   * `session.notify.resend()`.
   */
  readonly isResent: boolean;
  #abort: AbortController | undefined;
  #interrupted = false;

  constructor(message: Message) {
    this.uid = message.uid;
    this.gid = message.gid;
    this.pid = message.pid;
    this.opcode = message.opcode;
    this.id = message.id;
    this.isResent = message.isResent;
  }

  /**
   * Aborted when the process got a signal while it waits. Only what answers by a promise can ever see that; it should then reject
   * with the signal's reason or `EINTR`, but may as well go on and answer. Made at the first use.
   */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#interrupted && !this.#abort.signal.aborted) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Whether {@link signal} is aborted, without making it. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Called by the server when the kernel's INTERRUPT comes. */
  interrupt(): void {
    this.#interrupted = true;
    this.#abort?.abort();
  }
}
