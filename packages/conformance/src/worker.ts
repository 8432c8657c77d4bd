import { createInterface } from 'node:readline';
import type { Driver, DriverModule, Mount } from '@graphdriver/core';
import {
  decodeValue,
  encodeError,
  encodeValue,
  type WorkerAnswer,
  type WorkerConfig,
  type WorkerRequest,
} from './worker-protocol.ts';

// The other process of `CheckContext.startWorker`: opens the root and serves one request per line.

type Method = (...args: unknown[]) => unknown;

/** Mounts that `get` took here, the latest last; `release` gives them back by path. */
const mounts: Mount[] = [];

await main(JSON.parse(process.argv[2] ?? '{}') as WorkerConfig); // Written by worker-process.ts.

async function main(config: WorkerConfig): Promise<void> {
  let driver: Driver;
  try {
    driver = await open(config);
  } catch (error) {
    answer({ id: 0, error: encodeError(error) });
    process.exitCode = 1;
    return;
  }
  answer({ id: 0 });
  for await (const line of createInterface({ input: process.stdin })) {
    void serve(driver, JSON.parse(line) as WorkerRequest); // Calls overlap as the examiner makes them overlap.
  }
  await driver.close();
}

async function open(config: WorkerConfig): Promise<Driver> {
  const exported = (await import(config.specifier)) as Record<string, unknown>; // Any module: looked at in the next line.
  const module = exported[config.export];
  if (module === undefined) throw new TypeError(`${config.specifier} exports no ${config.export}.`);
  return (module as DriverModule).open(config.options); // The subject vouches for the module.
}

async function serve(driver: Driver, request: WorkerRequest): Promise<void> {
  try {
    const value = await call(driver, request.method, request.args.map(decodeValue));
    answer({ id: request.id, value: encodeValue(value) });
  } catch (error) {
    answer({ id: request.id, error: encodeError(error) });
  }
}

async function call(driver: Driver, method: string, args: unknown[]): Promise<unknown> {
  const [id, given, options] = args as [string, never, never]; // The examiner's argument lists are the contract's.
  switch (method) {
    case 'get': {
      const mount = await driver.get(id, given);
      mounts.push(mount);
      return { id: mount.id, path: mount.path, readOnly: mount.readOnly, holder: mount.holder };
    }
    case 'release':
      return release(id);
    case 'applyDiff':
      return driver.applyDiff(id, once(given), options);
    case 'diff':
      return collect(driver.diff(id, given));
    case 'openLayerFile': {
      await using file = await driver.openLayerFile(id, given, options);
      return { size: file.size, mode: file.mode, content: await collect(file.content()) };
    }
    default: {
      const found = (driver as unknown as Record<string, unknown>)[method]; // A method by its name; checked below.
      if (typeof found !== 'function') throw new TypeError(`A driver has no method ${method}.`);
      return (found as Method).apply(driver, args);
    }
  }
}

async function release(path: string): Promise<void> {
  const index = mounts.findLastIndex((mount) => mount.path === path);
  if (index < 0) throw new TypeError(`This process holds nothing at ${path}.`);
  // Taken out first: releases overlap, and each must give back a mount of its own.
  const [mount] = mounts.splice(index, 1);
  try {
    await mount?.put();
  } catch (error) {
    if (mount !== undefined) mounts.push(mount);
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answer(message: WorkerAnswer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
