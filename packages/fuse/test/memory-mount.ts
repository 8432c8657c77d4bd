import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createMounter, startProcess } from '@graphdriver/host';
import { guardedRoot } from '@graphdriver/testkit';
import type { OperationCounter, SessionParameters } from '../src/index.ts';

/** What the process that serves tells of itself. */
export interface ServerState {
  readonly defects: readonly string[];
  /** How many requests of each mount wait for an answer. */
  readonly pending: readonly number[];
  readonly open: readonly number[];
  readonly forgotten: readonly number[];
}

/** File systems in memory that another process serves. */
export interface MemoryMount extends AsyncDisposable {
  readonly path: string;
  readonly paths: readonly string[];
  readonly pid: number;
  readonly parameters: SessionParameters;
  counters(): Promise<Readonly<Record<string, OperationCounter>>>;
  state(): Promise<ServerState>;
  /** Unmounts as the server does it itself; resolves with its last words. */
  unmount(): Promise<{ readonly defects: readonly string[]; readonly destroyed: readonly number[] }>;
  kill(): Promise<void>;
}

/** Mounts. `count` file systems are served by one process; everything else goes into the mount's options. */
export async function memoryMount(options: { count?: number; [option: string]: unknown } = {}): Promise<MemoryMount> {
  const { count = 1, ...rest } = options;
  const scratch = await guardedRoot({ prefix: 'fuse' });
  const paths = Array.from({ length: count }, (_, index) => join(scratch.path, `mount-${index}`));
  for (const path of paths) mkdirSync(path);
  const program = fileURLToPath(new URL('./memory-server.mjs', import.meta.url));
  const argument = JSON.stringify({ targets: paths, defaultPermissions: true, ...rest });
  const child = startProcess(process.execPath, [program, argument], { stderr: 'inherit' });
  if (child.stdin === null || child.stdout === null) throw new Error('The server has no pipes.');
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // What the server writes is known to these tests.
  const next = async <T>(): Promise<T> => JSON.parse((await lines.next()).value ?? 'null') as T;
  const ask = <T>(command: string): Promise<T> => {
    stdin.write(`${command}\n`);
    return next<T>();
  };
  const [parameters] = (await next<SessionParameters[] | null>()) ?? [];
  if (parameters === undefined) throw new Error('The server did not mount.');
  return {
    path: paths[0] ?? '',
    paths,
    pid: child.pid ?? 0,
    parameters,
    counters: async () => (await ask<Record<string, OperationCounter>[]>('counters'))[0] ?? {},
    state: () => ask('state'),
    unmount: () => ask('unmount'),
    async kill() {
      child.kill('SIGKILL');
      await child.ended;
    },
    async [Symbol.asyncDispose]() {
      const mounter = createMounter();
      for (const path of paths) await mounter.unmount(path, { detach: true });
      child.kill('SIGKILL');
      await child.ended;
      await scratch[Symbol.asyncDispose]();
    },
  };
}
