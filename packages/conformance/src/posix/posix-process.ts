import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { throwIfAborted } from '@graphdriver/core';
import { startProcess } from '@graphdriver/host';
import type { PosixAnswer, PosixOrder } from './posix-order.ts';

// Also right when this file is run from src by a test runner that compiles in passing.
const PROGRAM = fileURLToPath(new URL('../../dist/posix/posix-program.js', import.meta.url));
/** A case takes milliseconds; what takes so long hangs. */
const PATIENCE = 60_000;

/** How {@link followOrder} tells what happens. */
export interface Following {
  readonly signal?: AbortSignal | undefined;
  readonly onAnswer: (answer: PosixAnswer) => void;
}

/**
 * Runs an order in a process of its own, and tells each case's answer as it comes.
 *
 * A case that ends the process, or hangs for a minute, has failed; another process goes on with the next.
 *
 * @throws {StorageError} `ABORTED`
 */
export async function followOrder(order: PosixOrder, following: Following): Promise<void> {
  let left = order.ids;
  while (left.length > 0) {
    throwIfAborted(following.signal, 'The examination');
    const { answered, failure } = await onePart({ ...order, ids: left }, following);
    throwIfAborted(following.signal, 'The examination');
    const [guilty, ...others] = left.slice(answered);
    if (guilty === undefined) return;
    following.onAnswer({ id: guilty, duration: 0, outcome: 'failed', reason: failure });
    left = others;
  }
}

/** Follows an order until it is done or its process ends. */
async function onePart(
  order: PosixOrder,
  { signal, onAnswer }: Following,
): Promise<{ readonly answered: number; readonly failure: string }> {
  const child = startProcess(process.execPath, [PROGRAM, JSON.stringify(order)], { stdin: 'ignore' });
  if (child.stdout === null || child.stderr === null) throw new Error('The cases were started without pipes.');
  let answered = 0;
  let said = '';
  let isLate = false;
  const kill = (): void => child.kill('SIGKILL');
  const hangs = (): void => {
    isLate = true;
    kill();
  };
  let timer = setTimeout(hangs, PATIENCE);
  signal?.addEventListener('abort', kill);
  createInterface({ input: child.stdout }).on('line', (line) => {
    clearTimeout(timer);
    timer = setTimeout(hangs, PATIENCE);
    answered += 1;
    onAnswer(JSON.parse(line) as PosixAnswer); // Written by posix-program.ts.
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4096);
  });
  try {
    const { exitCode, signal: killer } = await child.ended;
    const how = isLate
      ? `It took longer than ${PATIENCE} ms.`
      : `The process ended with ${exitCode ?? killer}. ${said}`;
    return { answered, failure: how.trim() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}
