import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMounter, mountsUnder, removeTree } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { type Ended, runProgram } from './command-line.ts';

const reason = requireOrSkip('overlay2', privilegeReason());
const it = test.skipIf(reason !== null);

let lock: AsyncDisposable;
beforeAll(async () => {
  lock = await machineLock();
});
afterAll(() => lock[Symbol.asyncDispose]());

/** A root with an image, a container that has written, and a volume, in a folder that goes after the test. */
interface Filled {
  readonly folder: string;
  readonly old: string;
  readonly new: string;
  at(root: string, ...args: readonly string[]): Promise<Ended>;
}

async function filled(driver: string): Promise<Filled> {
  const folder = mkdtempSync(join(tmpdir(), 'graphdriver-cli-move-'));
  onTestFinished(async () => {
    const mounter = createMounter();
    for (const { mountPoint } of mountsUnder(folder).reverse()) await mounter.unmount(mountPoint, { detach: true });
    await removeTree(folder);
  });
  const at = (root: string, ...args: readonly string[]): Promise<Ended> => runProgram(['--root', root, ...args]);
  const old = join(folder, 'old');
  mkdirSync(join(folder, 'files/etc'), { recursive: true });
  writeFileSync(join(folder, 'files/etc/motd'), 'welcome\n');
  expect((await at(old, '--driver', driver, 'import', join(folder, 'files'), 'base:1')).code).toBe(0);
  expect((await at(old, 'create', '--name', 'web', '-v', 'data:/data', 'base:1', 'sh')).code).toBe(0);
  expect((await at(old, 'layer', 'create', 'by-hand', '--driver', driver)).code).toBe(0);
  writeFileSync(join(old, 'volumes/data/_data/rows'), 'kept');
  return { folder, old, new: join(folder, 'new'), at };
}

/** What `--json` printed, which must be what the schema says. */
function checked(schema: string, { stdout, stderr }: Ended): unknown {
  expect(stdout, stderr).not.toBe('');
  const result: unknown = JSON.parse(stdout);
  expect(resultSchemas[schema]?.safeParse(result), schema).toMatchObject({ success: true });
  return result;
}

/** What is seen of a root, wherever it lies: images, containers, volumes, and layers but for the time at which they were made. */
async function seen({ at }: Filled, root: string): Promise<unknown> {
  const told = await Promise.all(
    [['images'], ['ps', '-a'], ['volume', 'ls'], ['layer', 'list']].map((words) => at(root, '--json', ...words)),
  );
  const withoutTimes = (key: string, value: unknown): unknown => (key === 'createdAt' ? undefined : value);
  return told.map(({ stdout }) => JSON.parse(stdout.replaceAll(root, 'ROOT'), withoutTimes));
}

describe('graphdriver root move', () => {
  it('tells in a dry run what it would move, moves it, and keeps the old root until told', async () => {
    const roots = await filled('overlay2');
    const before = await seen(roots, roots.old);
    const planned = checked(
      'root move --dry-run',
      await roots.at(roots.old, '--json', 'root', 'move', roots.new, '--dry-run'),
    );
    expect(planned).toMatchObject({
      isBegun: false,
      root: roots.new,
      driver: 'overlay2',
      layers: 3,
      images: 1,
      containers: 1,
      volumes: 1,
      fits: true,
    });
    expect(existsSync(roots.new)).toBe(false);

    const moved = checked('root move', await roots.at(roots.old, '--json', 'root', 'move', roots.new));
    expect(moved).toMatchObject({ root: roots.new, oldRoot: roots.old, driver: 'overlay2' });
    expect(await seen(roots, roots.new)).toEqual(before);
    const refused = await roots.at(roots.old, 'rm', 'web');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('STORE_MOVED')]);
    expect(refused.stderr).toContain(`graphdriver --root ${roots.old} root move ${roots.new} --remove-old\n`);

    const removed = await roots.at(roots.old, '--json', 'root', 'move', roots.new, '--remove-old');
    expect(checked('root move --remove-old', removed)).toEqual({ removed: roots.old, left: null });
    expect(existsSync(roots.old)).toBe(false);
    expect(await seen(roots, roots.new)).toEqual(before);
    expect((await roots.at(roots.new, 'rm', 'web')).code).toBe(0);
    expect(await roots.at(roots.old, 'root', 'move', roots.new, '--remove-old')).toMatchObject({ code: 2, stdout: '' });
  });

  it('goes on after a kill with the commands that the errors name, also to another driver', async () => {
    const roots = await filled('overlay2');
    const before = await seen(roots, roots.old);
    const words = ['--root', roots.old, 'root', 'move', roots.new, '--to-driver', 'vfs'];
    const killed = await runProgram(words, undefined, { GRAPHDRIVER_FAULT: 'rename:10:kill' });
    expect(killed.code).toBeNull();
    const layers = join(roots.new, 'vfs/.graphdriver/records');
    expect(readdirSync(layers).length).toBeGreaterThan(0);
    const onward = `Go on with: graphdriver --root ${roots.old} root move ${roots.new}\n`;
    const givenUp = `Or give it up: graphdriver --root ${roots.old} root move ${roots.new} --abandon\n`;
    for (const [root, refused] of [
      [roots.old, await roots.at(roots.old, 'rm', 'web')],
      [roots.new, await roots.at(roots.new, 'images')],
    ] as const)
      expect([refused.code, refused.stderr], root).toEqual([1, expect.stringContaining(onward + givenUp)]);
    const other = await roots.at(roots.old, 'root', 'move', roots.new, '--to-driver', 'overlay2');
    expect(other).toMatchObject({ code: 2 });

    const moved = await roots.at(roots.old, 'root', 'move', roots.new);
    expect([moved.code, moved.stdout], moved.stderr).toEqual([0, `${roots.new}\n`]);
    expect(await seen(roots, roots.new)).toEqual(JSON.parse(JSON.stringify(before).replaceAll('overlay2', 'vfs')));
  });

  it('is given up with --abandon, and the old root is as before', async () => {
    const roots = await filled('vfs');
    const before = await seen(roots, roots.old);
    const words = ['--root', roots.old, 'root', 'move', roots.new];
    expect((await runProgram(words, undefined, { GRAPHDRIVER_FAULT: 'rename:10:kill' })).code).toBeNull();
    const ended = await roots.at(roots.old, '--json', 'root', 'move', roots.new, '--abandon');
    expect(checked('root move --abandon', ended)).toEqual({ removed: roots.new, left: null });
    expect(existsSync(roots.new)).toBe(false);
    expect(await seen(roots, roots.old)).toEqual(before);
    expect((await roots.at(roots.old, 'rm', 'web')).code).toBe(0);
  });

  it('moves a root behind a symbolic link to one behind another, and leaves the links', async () => {
    const roots = await filled('overlay2');
    const before = await seen(roots, roots.old);
    const [from, to] = [join(roots.folder, 'from'), join(roots.folder, 'to')];
    symlinkSync('old', from);
    mkdirSync(roots.new);
    symlinkSync('new', to);
    expect(await roots.at(from, 'root', 'move', join(roots.old, 'inside'))).toMatchObject({ code: 1, stdout: '' });
    expect((await roots.at(from, 'root', 'move', to)).stdout).toBe(`${roots.new}\n`);
    expect(await seen(roots, roots.new)).toEqual(before);
    expect((await roots.at(from, 'root', 'move', to, '--remove-old')).stdout).toBe(`${roots.old}\n`);
    expect(readdirSync(roots.old)).toEqual([]);
    expect((await roots.at(to, 'rm', 'web')).code).toBe(0);
  });

  it('refuses where there is nothing to move, and a place that is taken', async () => {
    const roots = await filled('vfs');
    const nowhere = join(roots.folder, 'nowhere');
    expect(await roots.at(nowhere, 'root', 'move', roots.new)).toMatchObject({ code: 2 });
    expect(existsSync(nowhere)).toBe(false);
    expect((await roots.at(roots.new, '--driver', 'vfs', 'images')).code).toBe(0);
    for (const flags of [['--dry-run'], []]) {
      const refused = await roots.at(roots.old, 'root', 'move', roots.new, ...flags);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('NAME_IN_USE') });
    }
    expect((await roots.at(roots.old, 'root', 'move', roots.new, '--abandon', '--remove-old')).code).toBe(2);
    expect((await roots.at(roots.old, 'rm', 'web')).code).toBe(0);
  });
});
