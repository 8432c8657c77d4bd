import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Driver } from '@graphdriver/core';
import { assignProject, projectOf } from '@graphdriver/host';
import { guestLab, guestReason } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const PROJECT = 0x4000_0000;
const QUOTA = 16 * 1024 ** 2;

const reason = await placeReason('xfs');

describe.skipIf(reason !== null)(`on xfs without quota${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let driver: Driver;

  beforeEach(async () => {
    place = await makePlace('xfs');
    driver = await overlay2.open({ root: join(place.path, 'root') });
    await driver.create('base');
    const mount = await driver.get('base');
    writeFileSync(join(mount.path, 'file'), 'below');
    await mount.put();
    await driver.commit('base');
  });

  afterEach(async () => {
    await driver.close();
    await place[Symbol.asyncDispose]();
  });

  test('a quota is not promised where no limit holds, and is refused', async () => {
    const { checks } = await overlay2.probe({ root: driver.root });
    if (driver.capabilities.quota !== null)
      return expect(checks).toContainEqual(expect.objectContaining({ check: 'quota', passed: true }));
    await expect(driver.create('layer', { quota: { bytes: QUOTA } })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(checks).toContainEqual(expect.objectContaining({ check: 'quota', passed: false, required: false }));
    expect(await driver.exists('layer')).toBe(false);
  });

  test('a layer that got its quota elsewhere is mounted, changed and given archives all the same', async () => {
    await driver.create('layer', { parent: 'base' });
    const folder = join(driver.root, 'layer');
    // As it comes from a mount with quota: without one project throughout, the kernel refuses to rename from work to diff.
    assignProject(folder, PROJECT, { inherit: false });
    assignProject(join(folder, 'diff'), PROJECT, { inherit: true });
    const mount = await driver.get('layer');
    writeFileSync(join(mount.path, 'file'), ' and above', { flag: 'a' });
    expect(projectOf(join(folder, 'work'))).toBe(PROJECT);
    expect(readFileSync(join(mount.path, 'file'), 'utf8')).toBe('below and above');
    await mount.put();
    await driver.applyDiff('layer', Readable.from([Buffer.alloc(1024)]));
    expect(projectOf(join(folder, 'diff'))).toBe(PROJECT);
    expect(projectOf(join(folder, 'diff', 'file'))).toBe(PROJECT);
    await driver.commit('layer');
    expect(statSync(join(folder, 'link')).size).toBeGreaterThan(0);
    await driver.remove('layer');
  });
});

/** What the script saw, by what it looked at. */
type Seen = Readonly<Record<string, unknown>>;

const guest = await guestReason();
/** Each start of the guest takes its time. */
const full = process.env['GRAPHDRIVER_FULL'] !== undefined;

describe.skipIf(guest !== null)(`in the guest${guest === null ? '' : `: ${guest}`}`, () => {
  const script = new URL('quotas-in-guest.mjs', import.meta.url).pathname;
  const kept = expect.objectContaining({ softBytes: 0, hardBytes: 0 });

  async function seenBy(mkfs: string, ...before: readonly string[]): Promise<Seen> {
    const shell = `${mkfs} /dev/ubda >&2 && mount -o prjquota /dev/ubda /mnt && mkdir /mnt/root && exec "$@"`;
    const command = ['sh', '-c', shell, 'sh', ...before, 'node', script, '/mnt/root'] as const;
    const { stdout } = await guestLab().run({ command, disks: ['4G'], timeout: 400 });
    return JSON.parse(stdout) as Seen; // As the script prints it.
  }

  const limited = (refusal: string): Seen => ({
    capability: 'difference',
    probe: true,
    writing: refusal,
    writingAlone: refusal,
    copyingUp: ['done', refusal, 24 * 1024 ** 2],
    // The second would fit alone, and not together with the first.
    applying: ['done', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED', ['add /of-8']],
    full: [refusal, 'done', 'done', 'done'],
    unlimited: 'done',
    projects: { given: 15, different: 15 },
    restart: 'the lowest that is free',
    raised: { softBytes: QUOTA, hardBytes: QUOTA },
    // Three points in making the layer, three in mounting it.
    crashes: [1, 2, 3, 4, 5, 6, 7].map((point) => [point === 7 ? null : 'SIGKILL', point > 3, 'done', refusal]),
    left: ['l'],
    limitsLeft: [],
    ...Object.fromEntries(
      ['writing', 'writingAlone', 'copyingUp', 'applying', 'full'].map((id) => [`${id}After`, kept]),
    ),
  });

  test('a layer on xfs takes what its quota allows and no more, by write, by copy_up and by archive', async () => {
    const seen = await seenBy('mkfs.xfs -q');
    expectEach(seen, limited('ENOSPC'));
  }, 420_000);

  test.runIf(full)(
    'so it is on ext4, of whom the kernel holds to limits',
    async () => {
      const seen = await seenBy('mkfs.ext4 -q -O project,quota', 'setpriv', '--bounding-set=-sys_resource');
      expectEach(seen, limited('EDQUOT'));
    },
    420_000,
  );

  test.runIf(full)(
    'ext4 does not hold root to limits, so that no quota is promised there',
    async () => {
      expect(await seenBy('mkfs.ext4 -q -O project,quota')).toEqual({ capability: null, probe: false });
    },
    120_000,
  );

  /** One by one, so that what differs is named whatever else differs. */
  function expectEach(seen: Seen, expected: Seen): void {
    for (const [key, value] of Object.entries(expected)) expect.soft(seen[key], key).toEqual(value);
  }
});
