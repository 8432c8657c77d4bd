import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type StartedProcess, startProcess } from '@graphdriver/host';
import { onTestFinished } from 'vitest';

/** Another process with the same root open. */
export interface Worker {
  readonly pid: number;
  /** Calls the driver there; an error comes back as its code. */
  call(
    name: string,
    ...args: readonly unknown[]
  ): Promise<{ readonly value?: unknown; readonly code?: string } | string>;
  kill(): Promise<void>;
}

/** Starts a process that opens `root`, killed after the test. `wrapper` is a command that starts it in its place. */
export function startWorker(root: string, wrapper: readonly string[] = []): Worker {
  const [command = process.execPath, ...args] = [...wrapper, process.execPath, fixture('holding-worker.mjs'), root];
  const started = startProcess(command, args, { stderr: 'inherit' });
  const { stdin, stdout, pid } = started;
  if (stdin === null || stdout === null || pid === undefined) throw new Error('The worker has no pipes.');
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    started.kill('SIGKILL');
    await started.ended;
  };
  onTestFinished(kill);
  return {
    pid,
    async call(...request) {
      stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error('The worker has ended.');
      return JSON.parse(answer.value);
    },
    kill,
  };
}

/** Carries out an operation in a process that kills itself at its nth step. Tells whether it came to that. */
export async function killedAt(root: string, operation: string, step: number): Promise<boolean> {
  const started: StartedProcess = startProcess(
    process.execPath,
    [fixture('killed-worker.mjs'), root, operation, `${step}`],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
  );
  const { exitCode, signal } = await started.ended;
  if (signal === 'SIGKILL') return true;
  if (exitCode === 0) return false;
  throw new Error(`The worker ended with ${exitCode ?? signal}.`);
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixture/${name}`, import.meta.url));
}
