import { createInterface } from 'node:readline';
import { StorageError } from '@graphdriver/core';
import { caseId } from './bench-case.ts';
import { loadDriver, openOptions } from './bench-target.ts';
import { firstFailure } from './first-failure.ts';
import { formatMessage, type RoundMessage, type RoundRequest } from './round-message.ts';
import { measureCase } from './workload.ts';

// The program of one round: a driver is measured in a process of its own, so that no other driver's garbage, caches or
// compiled code are in its way. Its parent says what to do; the end of its input tells that the parent gave up, or died.

const giveUp = new AbortController();
const lines = createInterface({ input: process.stdin });
const request = await new Promise<RoundRequest>((resolve, reject) => {
  lines.once('line', (line) => resolve(JSON.parse(line) as RoundRequest)); // Our own parent wrote it.
  lines.once('close', () => {
    const reason = new StorageError('ABORTED', 'The benchmark was given up.');
    giveUp.abort(reason);
    reject(reason);
  });
});
process.on('SIGINT', () => undefined); // A terminal sends it to parent and child alike, and the parent decides.
process.on('SIGTERM', () => giveUp.abort(new StorageError('ABORTED', 'The benchmark was terminated.')));

try {
  await measureAll(request, giveUp.signal);
} finally {
  lines.close();
  process.stdin.destroy();
}

async function measureAll(
  { source, mountWith, root, plain, seed, timeout, work }: RoundRequest,
  signal: AbortSignal,
): Promise<void> {
  const module = await loadDriver(source);
  await using driver = await module.open(openOptions(root, mountWith));
  for (const { case: of, samples } of work) {
    if (signal.aborted) return;
    const id = caseId(of);
    say({ type: 'measuring', case: id });
    try {
      say({
        type: 'measured',
        case: id,
        samples: await measureCase({ driver, plain, samples, seed, timeout, signal }, of),
      });
    } catch (error) {
      say({ type: 'failed', case: id, reason: firstFailure(error) });
    }
  }
  say({ type: 'finished' });
}

function say(message: RoundMessage): void {
  process.stdout.write(formatMessage(message));
}
