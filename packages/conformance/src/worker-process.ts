import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@graphdriver/host';
import type { Worker, WorkerOptions } from './check.ts';
import { decodeError, decodeValue, encodeValue, type WorkerAnswer, type WorkerConfig } from './worker-protocol.ts';

// Also right when this file is run from src by a test runner that compiles in passing.
const WORKER_FILE = fileURLToPath(new URL('../dist/worker.js', import.meta.url));

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A second process with the same root open, driven by JSON lines over its stdin and stdout. */
export class WorkerProcess implements Worker {
  readonly #process: ReturnType<typeof startProcess>;
  readonly #input: Writable;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended = false;
  #stderr = '';

  private constructor(config: WorkerConfig, env: Record<string, string>) {
    this.#process = startProcess(process.execPath, [WORKER_FILE, JSON.stringify(config)], { env });
    const { stdin, stdout, stderr } = pipesOf(this.#process);
    this.#input = stdin;
    createInterface({ input: stdout }).on('line', (line) => this.#settle(line));
    stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4096);
    });
    stdin.on('error', () => undefined); // A killed worker's pipe breaks; `ended` tells that better.
    void this.#process.ended.then(
      () => this.#abandon(),
      () => this.#abandon(),
    );
  }

  /**
   * Starts the process and waits until it has opened the root.
   * One that is to die of `options.fault` may have died by then, which is not an error here.
   */
  static async start(config: WorkerConfig, options: WorkerOptions = {}): Promise<WorkerProcess> {
    const worker = new WorkerProcess(config, {
      ...(options.fault === undefined ? {} : { GRAPHDRIVER_FAULT: options.fault }),
      ...(options.faultCount === undefined ? {} : { GRAPHDRIVER_FAULT_COUNT: options.faultCount }),
    });
    try {
      await worker.#wait(0);
    } catch (error) {
      const ordered = options.fault !== undefined && worker.#ended;
      if (!ordered) {
        await worker.kill();
        throw error;
      }
    }
    return worker;
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  get ended(): boolean {
    return this.#ended;
  }

  call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = this.#nextId++;
    const answer = this.#wait(id);
    // JSON has no undefined: an option object that is not given is left out at the end and null in the middle.
    if (!this.#ended) this.#input.write(`${JSON.stringify({ id, method, args: args.map(encodeValue) })}\n`);
    return answer;
  }

  async kill(): Promise<void> {
    if (!this.#ended) this.#process.kill('SIGKILL');
    await this.#gone();
  }

  async end(): Promise<void> {
    if (!this.#ended) this.#input.end();
    const patience = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await this.#gone();
    clearTimeout(patience);
  }

  async #gone(): Promise<void> {
    await this.#process.ended.catch(() => undefined);
    this.#abandon();
  }

  #wait(id: number): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#endedError());
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(line: string): void {
    const answer = JSON.parse(line) as WorkerAnswer; // Written by worker.ts.
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(decodeValue(answer.value));
    else waiting?.reject(decodeError(answer.error));
  }

  #abandon(): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(this.#endedError());
    this.#waiting.clear();
  }

  #endedError(): Error {
    const error = new Error(`The worker process has ended. ${this.#stderr}`.trim());
    error.name = 'WorkerEnded';
    return error;
  }
}

/** The three pipes that a process started without other wishes has. */
function pipesOf(process: ReturnType<typeof startProcess>): { stdin: Writable; stdout: Readable; stderr: Readable } {
  const { stdin, stdout, stderr } = process;
  if (stdin === null || stdout === null || stderr === null) throw new Error('The worker was started without pipes.');
  return { stdin, stdout, stderr };
}
