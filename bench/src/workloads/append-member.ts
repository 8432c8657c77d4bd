import type { MessagePort } from 'node:worker_threads';

/** What a thread of a team is given when it starts. */
export interface MemberData {
  readonly state: Int32Array<SharedArrayBuffer>;
  /** Takes a {@link Failure} before the thread says that it is done. */
  readonly port: MessagePort;
}

/** An append that failed. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  readonly errno?: number;
  readonly syscall?: string;
}

/** The place in the state that grows when all are to begin. */
export const GO = 0;
/** The place in the state that counts those that have ended. */
export const DONE = 1;
/** Bytes. */
export const STATE_SIZE: number = 2 * Int32Array.BYTES_PER_ELEMENT;
