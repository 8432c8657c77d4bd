import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { StorageError } from '@graphdriver/core';
import { DONE, type Failure, GO, type MemberData, STATE_SIZE } from './append-member.ts';

/** Found from the sources as well as from what they are compiled to. */
const MEMBER_PROGRAM = new URL('../../dist/workloads/append-worker.js', import.meta.url);

/** Milliseconds in which threads that have said that they are ready fall asleep. */
const FALL_ASLEEP = 1;

interface Member {
  readonly worker: Worker;
  readonly failures: MessagePort;
}

/**
 * Threads that append a byte to a file each, all of them at once. Their system calls run beside each other, which those of
 * `fs.promises` do only as far as libuv's four threads go.
 *
 * One call of {@link go} for each call of {@link aim}. Disposing of the team ends the threads.
 */
export class AppendTeam implements AsyncDisposable {
  readonly #state = new Int32Array(new SharedArrayBuffer(STATE_SIZE));
  readonly #members: readonly Member[];
  readonly #timeout: number;
  #stuck = false;

  /** `timeout` is how many milliseconds all of a team's appends may take. */
  constructor(size: number, timeout: number) {
    this.#timeout = timeout;
    this.#members = Array.from({ length: size }, (): Member => {
      const { port1: failures, port2: port } = new MessageChannel();
      const workerData: MemberData = { state: this.#state, port };
      const worker = new Worker(MEMBER_PROGRAM, { workerData, transferList: [port] });
      worker.unref();
      return { worker, failures };
    });
  }

  /** Tells each thread its file, and waits until all of them wait for {@link go}. @throws {StorageError} `TIMED_OUT` after a {@link go} that did */
  async aim(paths: readonly string[]): Promise<void> {
    if (this.#stuck) throw tooLong(this.#timeout);
    await Promise.all(
      this.#members.map(async ({ worker }, index) => {
        const ready = once(worker, 'message');
        worker.postMessage(paths[index]);
        await ready;
      }),
    );
    await pause(FALL_ASLEEP);
  }

  /**
   * Lets all threads append at once, and blocks this one until the last of them is done.
   *
   * @throws {StorageError} `TIMED_OUT`; the team is then of no more use
   * @throws {Error} with the `code` of the first append that failed, as `node:fs` throws it
   */
  go(): void {
    const end = performance.now() + this.#timeout;
    Atomics.store(this.#state, DONE, 0);
    Atomics.add(this.#state, GO, 1);
    Atomics.notify(this.#state, GO);
    for (let done = 0; done < this.#members.length; done = Atomics.load(this.#state, DONE)) {
      const left = Math.max(0, end - performance.now());
      if (Atomics.wait(this.#state, DONE, done, left) !== 'timed-out') continue;
      this.#stuck = true;
      throw tooLong(this.#timeout);
    }
    const failed = this.#members.map(({ failures }) => receiveMessageOnPort(failures)).find((one) => one !== undefined);
    if (failed === undefined) return;
    const { message, ...facts } = failed.message as Failure; // Our own thread sent it.
    throw Object.assign(new Error(message), facts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { failures } of this.#members) failures.close();
    // A thread in a call that does not return cannot be ended.
    const ending = Promise.all(this.#members.map(({ worker }) => worker.terminate()));
    if (!this.#stuck) await ending;
  }
}

function tooLong(milliseconds: number): StorageError {
  return new StorageError('TIMED_OUT', `Appends that were made at once had not ended after ${milliseconds} ms.`);
}
