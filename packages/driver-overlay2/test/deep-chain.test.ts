import { existsSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Driver, MountRoute } from '@graphdriver/core';
import { readMounts, run } from '@graphdriver/host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { MAX_DEPTH } from '../src/overlay2-capabilities.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const routes: readonly MountRoute[] = ['syscall', 'command'];
const reason = await placeReason('ext4');

/** A chain of so many layers fits a page by its short names, and not by its paths. */
const DESCRIBED = 70;

/** Ids as long as those of Docker. */
function id(depth: number): string {
  return `${depth}`.padStart(64, '0');
}

describe.skipIf(reason !== null)(`a chain of ${MAX_DEPTH} layers${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let root: string;

  // Written by a driver that takes no detour over mounts, one file per layer.
  beforeAll(async () => {
    place = await makePlace('ext4');
    root = join(place.path, 'root');
    await using driver = await overlay2.open({ root });
    for (let depth = 1; depth <= MAX_DEPTH; depth += 1) {
      await driver.create(id(depth), depth === 1 ? {} : { parent: id(depth - 1) });
      writeFileSync(join(root, id(depth), 'diff', 'top'), `${depth}`);
      writeFileSync(join(root, id(depth), 'diff', `layer-${depth}`), `${depth}`);
      if (depth < MAX_DEPTH) await driver.commit(id(depth));
    }
  });

  afterAll(() => place?.[Symbol.asyncDispose]());

  async function open(mountWith: MountRoute): Promise<Driver> {
    return overlay2.open({ root, mountWith });
  }

  test.each(routes)(
    'is mounted by %s, writable and committed, at 128 layers and at the greatest depth',
    async (mountWith) => {
      await using driver = await open(mountWith);
      for (const depth of [128, MAX_DEPTH - 1, MAX_DEPTH]) {
        await using mount = await driver.get(id(depth));
        expect(readFileSync(join(mount.path, 'top'), 'utf8')).toBe(`${depth}`);
        for (let layer = 1; layer <= depth; layer += 1) {
          expect(readFileSync(join(mount.path, `layer-${layer}`), 'utf8')).toBe(`${layer}`);
        }
        if (!mount.readOnly) writeFileSync(join(mount.path, `by-${mountWith}`), '');
      }
    },
  );

  test('takes no layer on top, and its last one can be written to and not committed', async () => {
    await using driver = await open('auto');
    await expect(driver.commit(id(MAX_DEPTH))).rejects.toMatchObject({ code: 'DEPTH_EXCEEDED' });
    await using mount = await driver.get(id(MAX_DEPTH));
    writeFileSync(join(mount.path, 'still-writable'), '');
    await expect(driver.create('one-more', { parent: id(MAX_DEPTH) })).rejects.toMatchObject({
      code: 'PARENT_NOT_COMMITTED',
    });
    await using readOnly = await driver.get(id(MAX_DEPTH), { readOnly: true });
    expect(() => writeFileSync(join(readOnly.path, 'x'), '')).toThrow(expect.objectContaining({ code: 'EROFS' }));
  });

  test('is read without a mount', async () => {
    await using driver = await open('auto');
    await using file = await driver.openLayerFile(id(MAX_DEPTH), '/layer-2');
    expect(await text(file.content())).toBe('2');
    expect((await driver.changes(id(MAX_DEPTH - 1))).map(({ path }) => path)).toEqual([
      `/layer-${MAX_DEPTH - 1}`,
      '/top',
    ]);
    expect(readMounts().filter(({ mountPoint }) => mountPoint.startsWith(root))).toEqual([]);
  });

  test('has no description once mount(8) could not pass it on', async () => {
    await using driver = await open('auto');
    await expect(driver.describeMount(id(MAX_DEPTH))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(driver.describeMount(id(130))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(await driver.describeMount(id(10))).toMatchObject({ sharing: 'portable' });
  });

  test('is described by short names where its paths do not fit a page, and names that were lost are made again', async () => {
    await using driver = await open('auto');
    const names = join(root, 'l');
    for (const layer of [1, 30, DESCRIBED])
      unlinkSync(join(names, readFileSync(join(root, id(layer), 'link'), 'utf8')));
    writeFileSync(join(root, id(31), 'link'), '');
    const { mounts } = await driver.describeMount(id(DESCRIBED));
    const [options] = mounts.map((mount) => mount.options.join());
    expect(options?.length).toBeLessThan(4096);
    expect(options).toContain(`${names}/`);
    expect(options).not.toContain(id(1));
    await mountDescribed(driver, id(DESCRIBED), join(place.path, 'target'), (target) => {
      expect(readFileSync(join(target, 'top'), 'utf8')).toBe(`${DESCRIBED}`);
      for (let layer = 1; layer <= DESCRIBED; layer += 1)
        expect(readFileSync(join(target, `layer-${layer}`), 'utf8')).toBe(`${layer}`);
    });
  });

  test('is described with its own paths where they fit a page, whatever became of its names', async () => {
    await using driver = await open('auto');
    const name = readFileSync(join(root, id(9), 'link'), 'utf8');
    unlinkSync(join(root, 'l', name));
    const { mounts } = await driver.describeMount(id(10));
    expect(mounts[0]?.options.join()).toContain(join(root, id(9), 'diff'));
    expect(existsSync(join(root, 'l', name))).toBe(false);
  });

  test('is mounted by the line in lower from within the root, as Docker’s mounts are, in one page', async () => {
    const line = readFileSync(join(root, id(MAX_DEPTH), 'lower'), 'latin1');
    expect(line.split(':')).toHaveLength(MAX_DEPTH - 1);
    const target = join(place.path, 'by-hand');
    mkdirSync(target);
    // The lines of lost links are right all the same: the test before this one took one name away.
    await using _driver = await reopened(root);
    await run('mount', ['-t', 'overlay', '-o', `ro,lowerdir=${line}`, 'overlay', target], {
      cwd: root,
      env: { LIBMOUNT_FORCE_MOUNT2: 'always' },
    });
    try {
      for (const layer of [1, 2, 250, MAX_DEPTH - 1])
        expect(readFileSync(join(target, `layer-${layer}`), 'utf8')).toBe(`${layer}`);
      expect(readFileSync(join(target, 'top'), 'utf8')).toBe(`${MAX_DEPTH - 1}`);
    } finally {
      await run('umount', [target]);
    }
  });
});

describe.skipIf(reason !== null)('a root with odd characters in its path', () => {
  test.each(routes)('is mounted by %s, and by its description', async (mountWith) => {
    await using place = await makePlace('ext4');
    const root = join(place.path, 'a,b:c\\d "e" é');
    await using driver = await overlay2.open({ root, mountWith });
    for (const [name, parent] of [
      ['base', undefined],
      ['middle', 'base'],
      ['top', 'middle'],
    ] as const) {
      await driver.create(name, parent === undefined ? {} : { parent });
      {
        await using mount = await driver.get(name);
        writeFileSync(join(mount.path, name), name);
      }
      if (name !== 'top') await driver.commit(name);
    }
    await using mount = await driver.get('top');
    expect(readFileSync(join(mount.path, 'base'), 'utf8')).toBe('base');
    await mount.put();
    for (const name of ['base', 'middle', 'top']) await mountDescribed(driver, name, join(place.path, 'target'));
  });
});

/** Opens a root as after the host went down: every layer is looked over. */
async function reopened(root: string): Promise<Driver> {
  rmSync(join(root, '.graphdriver/boot'));
  return overlay2.open({ root });
}

/** Mounts a layer by its description, and looks whether that shows its own file, or what `look` wants. */
async function mountDescribed(
  driver: Driver,
  layer: string,
  target: string,
  look: (target: string) => void = () => expect(readFileSync(join(target, layer), 'utf8')).toBe(layer),
): Promise<void> {
  const { mounts, sharing } = await driver.describeMount(layer);
  expect(sharing).toBe('portable');
  expect(mounts).toHaveLength(1);
  mkdirSync(target);
  for (const { type, source, options } of mounts)
    await run('mount', ['-t', type, '-o', options.join(','), source, target]);
  try {
    look(target);
    const { kind } = await driver.stat(layer);
    const write = (): void => writeFileSync(join(target, 'written'), '');
    if (kind === 'committed') expect(write).toThrow(expect.objectContaining({ code: 'EROFS' }));
    else expect(write).not.toThrow();
  } finally {
    await run('umount', [target]);
    rmSync(target, { recursive: true });
  }
}
