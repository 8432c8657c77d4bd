import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@graphdriver/host';
import { firstFailure } from './first-failure.ts';
import { parseMessage, type RoundMessage, type RoundRequest } from './round-message.ts';

/** Found from the sources as well as from what they are compiled to. */
const ROUND_PROGRAM = fileURLToPath(new URL('../dist/round-process.js', import.meta.url));

/** How long a round that was given up may take to put its containers away. */
const GRACE_MILLISECONDS = 20_000;
const STDERR_KEPT = 4_000;

/**
 * Runs one round in a process of its own and hands on what it says.
 *
 * Returns how the process failed, or `undefined` where it dealt with all cases or was given up by `signal`.
 */
export async function runRound(
  request: RoundRequest,
  onMessage: (message: RoundMessage) => void,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const child = startProcess(process.execPath, [ROUND_PROGRAM]);
  let killing: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    child.stdin?.end();
    killing ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS);
  };
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    child.stdin?.on('error', () => undefined); // A process that died early is told from its end.
    child.stdin?.write(`${JSON.stringify(request)}\n`);
    if (signal?.aborted === true) giveUp();
    const [finished, complaints, end] = await Promise.all([
      listen(child.stdout, onMessage),
      keepTail(child.stderr),
      child.ended,
    ]);
    if (finished || signal?.aborted === true) return undefined;
    return `The process of the round ended with ${end.signal ?? `exit code ${end.exitCode}`}. ${complaints}`.trim();
  } catch (error) {
    return firstFailure(error);
  } finally {
    clearTimeout(killing);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** Hands on all messages; tells whether the last word was said. */
async function listen(stdout: Readable | null, onMessage: (message: RoundMessage) => void): Promise<boolean> {
  let finished = false;
  if (stdout === null) return finished;
  for await (const line of createInterface({ input: stdout })) {
    const message = parseMessage(line);
    if (message?.type === 'finished') finished = true;
    if (message !== undefined) onMessage(message);
  }
  return finished;
}

async function keepTail(stderr: Readable | null): Promise<string> {
  let tail = '';
  if (stderr === null) return tail;
  for await (const data of stderr.setEncoding('utf8')) tail = `${tail}${data}`.slice(-STDERR_KEPT);
  return tail.trim();
}
