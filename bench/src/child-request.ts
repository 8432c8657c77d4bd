import { createInterface } from 'node:readline';
import { StorageError } from '@graphdriver/core';
import { firstFailure } from './first-failure.ts';

/**
 * Does what the parent asks in the first line of standard input, in the process that the parent has started for it.
 *
 * `signal` is aborted when the input ends, for then the parent gave up or died. A failure is told on standard error, and makes the exit
 * code 1.
 */
export async function answerParent<Request>(
  answer: (request: Request, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const giveUp = new AbortController();
  const lines = createInterface({ input: process.stdin });
  process.on('SIGINT', () => undefined); // A terminal sends it to parent and child alike, and the parent decides.
  process.on('SIGTERM', () => giveUp.abort(new StorageError('ABORTED', 'The benchmark was terminated.')));
  try {
    const request = await new Promise<Request>((resolve, reject) => {
      lines.once('line', (line) => resolve(JSON.parse(line) as Request)); // Our own parent wrote it.
      lines.once('close', () => {
        const reason = new StorageError('ABORTED', 'The benchmark was given up.');
        giveUp.abort(reason);
        reject(reason);
      });
    });
    await answer(request, giveUp.signal);
  } catch (error) {
    process.stderr.write(`${firstFailure(error)}\n`);
    process.exitCode = 1;
  } finally {
    lines.close();
    process.stdin.destroy();
  }
}
