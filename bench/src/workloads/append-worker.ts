import { parentPort, workerData } from 'node:worker_threads';
import { appendByte } from './append-byte.ts';
import { DONE, type Failure, GO, type MemberData } from './append-member.ts';

// A thread of a team: told a file, it says that it is ready, waits for the word, appends a byte, and counts itself as done.

parentPort?.on('message', (path: string) => {
  const { state, port } = workerData as MemberData; // The team that started this thread gave it.
  const turn = Atomics.load(state, GO);
  parentPort?.postMessage('ready');
  Atomics.wait(state, GO, turn);
  try {
    appendByte(path);
  } catch (error) {
    port.postMessage(failureOf(error));
  } finally {
    Atomics.add(state, DONE, 1);
    Atomics.notify(state, DONE);
  }
});

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, code, errno, syscall } = error as NodeJS.ErrnoException; // All of them may be missing.
  return {
    message,
    ...(code === undefined ? {} : { code }),
    ...(errno === undefined ? {} : { errno }),
    ...(syscall === undefined ? {} : { syscall }),
  };
}
