import type { StatusLine } from '@graphdriver/core';
import { poolOf, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import { asStorageError } from './zfs-failure.ts';

/** Docker's lines about the pool and the parent dataset. Runs two commands. */
export function poolStatus(zfs: Zfs, parent: string): Promise<readonly StatusLine[]> {
  return asStorageError(`Could not read about ${parent}.`, async () => {
    const pool = poolOf(parent);
    const health = await zfs.pools.health(pool);
    const { used, available, quota, compression } = await zfs.properties.get(parent, [
      'used',
      'available',
      'quota',
      'compression',
    ]);
    const { flavour, userland } = zfs.version;
    return [
      { key: 'Zfs Version', value: userland === undefined ? flavour : `${flavour} ${userland}` },
      { key: 'Zpool', value: pool },
      { key: 'Zpool Health', value: health },
      { key: 'Parent Dataset', value: parent },
      { key: 'Space Used By Parent', value: `${used?.value ?? 0}` },
      { key: 'Space Available', value: `${available?.value ?? 0}` },
      { key: 'Parent Quota', value: quota?.value === null ? 'no' : `${quota?.value ?? 'no'}` },
      { key: 'Compression', value: compression?.value ?? 'off' },
    ];
  });
}
