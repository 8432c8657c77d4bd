import type { RetryPolicy } from './retry.ts';

/** What every call takes. */
export interface CallOptions {
  /** Ends the command and fails with `ABORTED`. What the command had done by then stays done. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the same happens with `TIMED_OUT`; 0 for no limit. That of `openZfs` unless told. */
  readonly timeout?: number;
}

/** What a call takes that may find something busy. */
export interface BusyCallOptions extends CallOptions {
  /** How long to wait for what is busy. `false`: not at all. That of `openZfs` unless told. */
  readonly retry?: RetryPolicy | false;
}
