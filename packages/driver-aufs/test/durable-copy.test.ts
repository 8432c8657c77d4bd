import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnionClient } from './union-client.ts';

const reason = requireOrSkip('aufs', privilegeReason());
const SIZE = 300_000;
const O_WRONLY = 1;

/** Those that wait for the disk: the test answers in its place. */
const waiting: ((error: Error | null) => void)[] = [];

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  fdatasync: (_fd: number, done: (error: Error | null) => void) => waiting.push(done),
}));

describe.skipIf(reason !== null)('a copy that has to be on the disk', () => {
  let root: string;
  let client: UnionClient;
  let opened: Promise<unknown>;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'union-durable-'));
    for (const directory of ['upper', 'lower']) mkdirSync(join(root, directory));
    writeFileSync(join(root, 'lower', 'file'), 'x'.repeat(SIZE), { mode: 0o640 });
    client = new UnionClient([join(root, 'upper'), join(root, 'lower')], { work: join(root, 'work'), volatile: false });
    opened = client.open('file', O_WRONLY);
  });

  afterEach(() => {
    client.close();
    rmSync(root, { recursive: true });
  });

  it('takes the place of its file when it is there, and not before', async () => {
    expect(readdirSync(join(root, 'upper'))).toEqual([]);
    waiting.shift()?.(null);
    await opened;
    expect(readFileSync(join(root, 'upper', 'file'))).toHaveLength(SIZE);
    expect(statSync(join(root, 'upper', 'file')).mode & 0o7777).toBe(0o640);
    expect(waiting).toEqual([]);
  });

  it('leaves the old file and nothing else when it does not get there', async () => {
    waiting.shift()?.(Object.assign(new Error('The disk is broken.'), { code: 'EIO' }));
    await expect(opened).rejects.toMatchObject({ code: 'EIO' });
    expect(readdirSync(join(root, 'upper'))).toEqual([]);
    expect(readdirSync(join(root, 'work'))).toEqual([]);
    expect(client.look('file').size).toBe(SIZE);
  });
});
