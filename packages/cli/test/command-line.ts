import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@graphdriver/host';

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program with a root of its own, removed with it. */
export interface CommandLine extends AsyncDisposable {
  readonly root: string;
  run(...args: readonly string[]): Promise<Ended>;
  /** Runs with `--json` and parses what is printed. */
  json(...args: readonly string[]): Promise<unknown>;
}

/** The built program's file. */
export const program: string = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Makes a root in the temporary folder, and the program that works on it. */
export async function commandLine(): Promise<CommandLine> {
  const root = await mkdtemp(join(tmpdir(), 'graphdriver-cli-'));
  const run = (...args: readonly string[]): Promise<Ended> => runProgram(['--root', root, ...args]);
  return {
    root,
    run,
    json: async (...args) => JSON.parse((await run('--json', ...args)).stdout),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** Runs the built program and collects what it printed. */
export function runProgram(args: readonly string[], input?: Uint8Array, env?: Record<string, string>): Promise<Ended> {
  return collectRun(process.execPath, [program, ...args], input, env);
}

/** Runs any command and collects what it printed. */
export async function collectRun(
  command: string,
  args: readonly string[],
  input?: Uint8Array,
  env: Record<string, string> = {},
): Promise<Ended> {
  const started = startProcess(command, args, { env });
  started.stdin?.on('error', () => undefined); // Not everybody reads what is put in.
  started.stdin?.end(input);
  const [stdout, stderr, { exitCode }] = await Promise.all([
    textOf(started.stdout),
    textOf(started.stderr),
    started.ended,
  ]);
  return { code: exitCode, stdout, stderr };
}

async function textOf(stream: AsyncIterable<Buffer> | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
