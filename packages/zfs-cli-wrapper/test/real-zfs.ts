import { join } from 'node:path';
import { machineLock, requireOrSkip, scratchRoot, zfsFusePool, zfsReason } from '@graphdriver/testkit';
import { afterAll, beforeAll, test } from 'vitest';
import { isZfsError, openZfs, type Zfs, type ZfsErrorCode } from '../src/index.ts';

/** A pool to try things on. */
export interface RealZfs extends AsyncDisposable {
  readonly zfs: Zfs;
  readonly pool: string;
  /** An empty directory of the test's. */
  readonly directory: string;
}

/** An existing pool, given by GRAPHDRIVER_ZFS_POOL, is used before zfs-fuse is started: so the tests run on OpenZFS too. */
const given = process.env['GRAPHDRIVER_ZFS_POOL'];

/** Why there is no ZFS here, or `null` where there is. */
export const reason: string | null = given === undefined ? requireOrSkip('zfs', await zfsReason()) : null;

let shared: RealZfs | undefined;
let count = 0;

/** One pool for all tests of a file: a daemon takes seconds to stop. */
export function shareRealZfs(): void {
  beforeAll(async () => {
    if (reason === null) shared = await realZfs();
  });
  afterAll(async () => {
    await shared?.[Symbol.asyncDispose]();
  });
}

/** Takes the machine's turn and makes a pool. */
async function realZfs(): Promise<RealZfs> {
  const lock = await machineLock();
  if (given !== undefined) {
    const scratch = await scratchRoot('zfs-cli-wrapper-');
    return {
      zfs: await openZfs(),
      pool: given,
      directory: scratch.path,
      async [Symbol.asyncDispose]() {
        await scratch[Symbol.asyncDispose]();
        await lock[Symbol.asyncDispose]();
      },
    };
  }
  const pool = await zfsFusePool({ size: 192 << 20 });
  return {
    zfs: await openZfs(),
    pool: pool.name,
    directory: join(pool.directory),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await lock[Symbol.asyncDispose]();
    },
  };
}

/** A test on the real commands, with a filesystem of its own that goes with all that is in it. */
export function realTest(title: string, body: (real: RealZfs, root: string) => Promise<void>): void {
  test(title, async ({ skip }) => {
    skip(reason !== null, reason ?? '');
    if (shared === undefined) throw new Error('beforeAll has not run.');
    count += 1;
    const root = `${shared.pool}/t${count}`;
    await shared.zfs.datasets.create(root);
    await body(shared, root);
    await shared.zfs.datasets.destroy(root, { clones: true, force: true });
  });
}

/** The code by which `action` fails, or `none`. */
export async function code(action: Promise<unknown>): Promise<ZfsErrorCode | 'none'> {
  try {
    await action;
    return 'none';
  } catch (error) {
    if (isZfsError(error)) return error.code;
    throw error;
  }
}

/** Reads a stream to its end. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Where a filesystem is mounted. */
export async function pathOf({ zfs }: RealZfs, dataset: string): Promise<string> {
  return (await zfs.datasets.get(dataset)).mountpoint ?? '';
}
