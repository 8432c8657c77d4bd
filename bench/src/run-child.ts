import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { startProcess } from '@graphdriver/host';
import { firstFailure } from './first-failure.ts';
import { SCRATCH_VARIABLE } from './scratch-guard.ts';

/** How long a process that was given up may take to put its containers away. */
const GRACE_MILLISECONDS = 20_000;
const STDERR_KEPT = 4_000;

/** A program that measures, and what it is asked. */
export interface ChildTask {
  /** A file of JavaScript that reads its request with `readChildRequest`. */
  readonly program: string;
  /** Anything that JSON can say. */
  readonly request: unknown;
  /** The folder in which it works: its guard ends the process where we no longer can. */
  readonly folder: string;
}

/**
 * Runs a program in a process of its own, asks it one thing, and hands on the lines that it prints; `onLine` tells whether one was the last word.
 *
 * Returns how the process failed, or `undefined` where it said its last word or was given up by `signal`.
 */
export async function runChild(
  { program, request, folder }: ChildTask,
  onLine: (line: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const child = startProcess(process.execPath, [program], { env: { [SCRATCH_VARIABLE]: folder } });
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
      listen(child.stdout, onLine),
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

/** Hands on all lines; tells whether the last word was said. */
async function listen(stdout: Readable | null, onLine: (line: string) => boolean): Promise<boolean> {
  let finished = false;
  if (stdout === null) return finished;
  for await (const line of createInterface({ input: stdout })) finished = onLine(line) || finished;
  return finished;
}

async function keepTail(stderr: Readable | null): Promise<string> {
  let tail = '';
  if (stderr === null) return tail;
  for await (const data of stderr.setEncoding('utf8')) tail = `${tail}${data}`.slice(-STDERR_KEPT);
  return tail.trim();
}
