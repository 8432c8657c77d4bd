import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { hostRunner, openZfs, type ZfsRunner } from '@graphdriver/zfs-cli-wrapper';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWith } from '../src/zfs-driver.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();

/** Layers in the chain, and beside it. */
const MANY = 12;

describe.skipIf(reason !== null)(`the commands that a call runs${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let driver: Driver;
  const done: string[] = [];

  beforeAll(async () => {
    place = await makePlace();
    const host = hostRunner();
    // What failed is run again: a dataset is busy for a moment after it was unmounted.
    const runner: ZfsRunner = {
      ...host,
      async run(command, args, options) {
        const result = await host.run(command, args, options);
        if (result.exitCode === 0) done.push(`${command} ${args[0]}`);
        return result;
      },
    };
    const root = join(place.directory, 'counted');
    driver = await openWith({ root, settings: { fsname: place.pool } }, () => openZfs({ runner }));
  }, 1_800_000);

  afterAll(async () => {
    await driver?.close();
    await place?.[Symbol.asyncDispose]();
  });

  async function counted(act: () => Promise<unknown>): Promise<readonly string[]> {
    done.length = 0;
    await act();
    return [...done];
  }

  /** A layer's whole life, and what was run for it; `path` is written to in between. */
  async function life(id: string, parent?: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const create = await counted(() => driver.create(id, parent === undefined ? {} : { parent }));
    let put: readonly string[] = [];
    const get = await counted(async () => {
      const mount = await driver.get(id);
      const again = await driver.get(id, { nosuid: true });
      writeFileSync(join(mount.path, 'file'), id);
      const got = [...done];
      put = await counted(async () => {
        await again.put();
        await mount.put();
      });
      done.push(...got);
    });
    const looked = await counted(async () => {
      await driver.stat(id);
      await driver.exists(id);
      await driver.list();
      await driver.holders(id);
      await driver.metadata(id);
    });
    return { create, get, put, looked, remove: await counted(() => driver.remove(id)) };
  }

  const mounting = (): readonly string[] => (place.flavour === 'zfs-fuse' ? ['zfs mount'] : []);

  test('are one for create, get and remove each, and none for put, a second holder and every look', async () => {
    expect(await life('alone')).toEqual({
      create: ['zfs create'],
      get: mounting(),
      put: [],
      looked: [],
      remove: ['zfs destroy'],
    });
  });

  test('are as many for the child of a deep chain with much in it, among many others', async () => {
    for (let number = 0; number < MANY; number += 1) {
      const id = `layer-${number}`;
      await driver.create(id, number === 0 ? {} : { parent: `layer-${number - 1}` });
      const mount = await driver.get(id);
      writeFileSync(join(mount.path, 'large'), Buffer.alloc(4 << 20, number));
      await mount.put();
      await driver.commit(id);
      await driver.create(`beside-${number}`, { parent: id });
    }
    expect(await life('child', `layer-${MANY - 1}`)).toEqual({
      create: ['zfs clone'],
      get: mounting(),
      put: [],
      looked: [],
      remove: ['zfs destroy'],
    });
  }, 300_000);

  test('of a commit are a snapshot, a property, a look at the space, and the mounts that measuring needs', async () => {
    await driver.create('last', { parent: 'layer-0' });
    const between = place.flavour === 'zfs-fuse' ? ['zfs mount', 'zfs mount'] : ['zfs set'];
    expect(await counted(() => driver.commit('last'))).toEqual(['zfs snapshot', ...between, 'zfs get']);
  });
});
