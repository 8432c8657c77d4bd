import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, lstatSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { IdMap } from '@graphdriver/core';
import { readXattr } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { errorCodeOf, put } from '../staging/files.ts';
import { assertRefused, editLayer, makeLayer, makeWritable } from '../staging/layers.ts';

const SHIFT = 100_000;
const SHIFTED: IdMap = {
  uid: [{ containerId: 0, hostId: SHIFT, size: 65_536 }],
  gid: [{ containerId: 0, hostId: 2 * SHIFT, size: 65_536 }],
};

const LABEL = 'system_u:object_r:container_file_t:s0:c1,c2';

const MEBIBYTE = 1 << 20;

/** What a driver may promise of mounts and of space beside the contract: it works where it was promised, and is refused where not. */
export const mountAbilityChecks: readonly Check[] = [
  {
    id: 'mount-abilities/ids-are-mapped',
    title: 'a mount with an idMap shows every file as owned by the ids outside that its own stand for',
    requires: ({ idMap }) => (idMap === 'none' ? 'The driver does not promise mapped ids.' : null),
    covers: [
      'containers-storage:idmaps.bats',
      'containerd:overlay/RemappedActive',
      'containers-storage:TestSupportsShifting',
    ],
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => {
        put(root, 'of-root');
        put(root, 'of-somebody', 'content', { uid: 5, gid: 6 });
      });
      await driver.create('layer', { parent: 'base' });
      await using mount = await driver.get('layer', { idMap: SHIFTED });
      const ownerOf = (path: string): readonly number[] => {
        const { uid, gid } = lstatSync(join(mount.path, path));
        return [uid, gid];
      };
      assert.deepEqual(ownerOf('of-root'), [SHIFT, 2 * SHIFT]);
      assert.deepEqual(ownerOf('of-somebody'), [SHIFT + 5, 2 * SHIFT + 6]);
    },
  },
  {
    id: 'mount-abilities/ids-are-not-mapped-without-the-promise',
    title: 'a driver without mapped ids refuses an idMap with UNSUPPORTED, and the layer is then not held',
    requires: ({ idMap }) => (idMap === 'none' ? null : 'The driver promises mapped ids.'),
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await assertRefused(driver.get('layer', { idMap: SHIFTED }), 'UNSUPPORTED', 'get with an idMap');
      await assertRefused(
        driver.describeMount('layer', { idMap: SHIFTED }),
        'UNSUPPORTED',
        'describeMount with an idMap',
      );
      assert.deepEqual(await driver.holders('layer'), []);
      await driver.commit('layer');
    },
  },
  {
    id: 'mount-abilities/mounts-are-labelled',
    title: 'a mount with a mountLabel gives every file that label, and its description says so',
    requires: ({ mountLabel }) => (mountLabel ? null : 'The driver does not promise labelled mounts.'),
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await driver.create('layer', { parent: 'base' });
      const { mounts } = await driver.describeMount('layer', { mountLabel: LABEL });
      const options = mounts.flatMap((mount) => mount.options).join();
      assert.ok(options.includes(LABEL), `the label is not among the options ${options}`);
      if (!existsSync('/sys/fs/selinux/enforce')) context.skip('This kernel runs without SELinux.');
      await using mount = await driver.get('layer', { mountLabel: LABEL });
      const label = readXattr(join(mount.path, 'file'), 'security.selinux');
      assert.equal(label?.toString().replace('\0', ''), LABEL);
    },
  },
  {
    id: 'mount-abilities/mounts-are-not-labelled-without-the-promise',
    title: 'a driver without labelled mounts refuses a mountLabel with UNSUPPORTED, and the layer is then not held',
    requires: ({ mountLabel }) => (mountLabel ? 'The driver promises labelled mounts.' : null),
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await assertRefused(driver.get('layer', { mountLabel: LABEL }), 'UNSUPPORTED', 'get with a mountLabel');
      await assertRefused(
        driver.describeMount('layer', { mountLabel: LABEL }),
        'UNSUPPORTED',
        'describeMount with a mountLabel',
      );
      assert.deepEqual(await driver.holders('layer'), []);
      await driver.commit('layer');
    },
  },
  {
    id: 'mount-abilities/a-quota-holds',
    title: 'a layer with a quota takes writes up to it and no more, and another layer does not feel it',
    requires: ({ quota }) => (quota === null ? 'The driver does not promise quotas.' : null),
    covers: ['moby:DriverTestSetQuota', 'containers-storage:DriverTestSetQuota'],
    async run({ driver, capabilities }) {
      await makeLayer(driver, 'base', (root) => fill(root, 8 * MEBIBYTE));
      // Where the parent's data counts, too, the same room is left above it.
      const bytes = (capabilities.quota === 'view' ? 8 + 32 : 32) * MEBIBYTE;
      await driver.create('small', { parent: 'base', quota: { bytes } });
      await driver.create('large', { parent: 'base' });
      await editLayer(driver, 'small', (root) => {
        assert.equal(
          errorCodeOf(() => fill(root, 16 * MEBIBYTE)),
          null,
          'writing half of what the quota allows',
        );
        const code = errorCodeOf(() => fill(root, 48 * MEBIBYTE));
        assert.ok(code === 'EDQUOT' || code === 'ENOSPC', `writing beyond the quota ended with ${code}`);
      });
      await editLayer(driver, 'large', (root) => fill(root, 48 * MEBIBYTE));
    },
  },
];

/** Writes and syncs one file of so many bytes, since some file systems count only what reaches the disk. */
function fill(root: string, bytes: number): void {
  const file = openSync(
    join(root, 'filling'),
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_SYNC,
  );
  try {
    // Of what can be compressed some file systems count only what is left.
    const chunk = randomBytes(MEBIBYTE);
    for (let written = 0; written < bytes; written += chunk.length) writeSync(file, chunk);
  } finally {
    closeSync(file);
  }
}
