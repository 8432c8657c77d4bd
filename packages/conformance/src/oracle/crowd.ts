import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type StartedProcess, startProcess } from '@graphdriver/host';
import type { CrowdOrder, CrowdStep } from './crowd-order.ts';

// Also right when this file is run from src by a test runner that compiles in passing.
const PROGRAM = fileURLToPath(new URL('../../dist/oracle/crowd-program.js', import.meta.url));

/** Goes through several histories at once under `root`, each in a process of its own; tells what came of each step, by process. */
export async function performCrowd(
  root: string,
  histories: readonly (readonly CrowdStep[])[],
): Promise<readonly (readonly string[])[]> {
  const members = histories.map((steps) => new Member({ root, steps }));
  try {
    // All of them have started before the first one begins.
    for (const member of members) await member.heard();
    for (const member of members) member.begin();
    return await Promise.all(members.map(async (member) => JSON.parse(await member.heard()) as string[])); // Of crowd-program.ts.
  } finally {
    for (const member of members) member.kill();
    await Promise.all(members.map((member) => member.ended));
  }
}

/** One process of a crowd. */
class Member {
  readonly #process: StartedProcess;
  readonly #lines: AsyncIterator<string>;
  #said = '';

  constructor(order: CrowdOrder) {
    this.#process = startProcess(process.execPath, [PROGRAM, JSON.stringify(order)]);
    const { stdout, stderr } = this.#process;
    if (stdout === null || stderr === null) throw new Error('A process was started without pipes.');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-4096);
    });
    // What it says of its end says more than that nobody reads any more.
    this.#process.stdin?.on('error', () => undefined);
  }

  get ended(): Promise<unknown> {
    return this.#process.ended;
  }

  begin(): void {
    this.#process.stdin?.write('begin\n');
  }

  async heard(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`A process ended before it was done. ${this.#said}`.trim());
    return value;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
