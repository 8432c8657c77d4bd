import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { guardedRoot } from '@graphdriver/testkit';
import type { FileSystem } from '../src/file-system.ts';
import { FuseServer } from '../src/fuse-server.ts';
import type { FuseMount, MountOptions, ServerOptions } from '../src/mount-options.ts';

/** A server in this very process: the test may use what it mounts by `fs.promises` and by commands only. */
export interface InProcess extends AsyncDisposable {
  readonly server: FuseServer;
  /** What `onError` was told. */
  readonly defects: { readonly error: unknown; readonly operation: string }[];
  /** Mounts at a new directory. */
  mount(fileSystem: FileSystem, options?: Omit<MountOptions, 'target'>): Promise<FuseMount & { readonly path: string }>;
  /** A new directory, not mounted. */
  directory(): string;
}

export async function inProcess(options: ServerOptions = {}): Promise<InProcess> {
  const scratch = await guardedRoot({ prefix: 'fuse' });
  const defects: { error: unknown; operation: string }[] = [];
  const server = new FuseServer({ ...options, onError: (error, operation) => defects.push({ error, operation }) });
  let count = 0;
  const directory = (): string => {
    count += 1;
    const path = join(scratch.path, `${count}`);
    mkdirSync(path);
    return path;
  };
  return {
    server,
    defects,
    directory,
    async mount(fileSystem, more = {}) {
      const path = directory();
      return Object.assign(await server.mount(fileSystem, { target: path, ...more }), { path });
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}
