import { join } from 'node:path';
import type { Driver, GetOptions, Mount, PutOptions } from '@graphdriver/core';
import { createMounter, makeDirectory } from '@graphdriver/host';
import { onReference } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';
import { changedMounts } from '../tamper/mounts.ts';

/** Drivers that take a mount away where they are, and leave its directory: other mount namespaces keep their copies of it. */
export const mountCopySaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'put-leaves-copies-of-mounts',
    defect: 'Put unmounts and leaves the mount’s directory in place.',
    trips: ['mount-copies/go-with-the-last-put', 'mount-copies/of-binds-go-with-the-last-put'],
    spares: ['holding/a-busy-mount-stays', 'content/a-child-shows-its-parent'],
    methods: (driver) => ({ get: changedMounts(driver, (mount) => bound(driver, mount)) }),
  }),
  onReference({
    name: 'put-leaves-copies-of-binds',
    defect: 'Put leaves the directories of mounts with flags in place.',
    trips: ['mount-copies/of-binds-go-with-the-last-put'],
    spares: ['mount-copies/go-with-the-last-put'],
    methods: (driver) => ({
      get: async (id: string, options: GetOptions = {}) => {
        const mount = await driver.get(id, options);
        return options.nosuid === true ? await bound(driver, mount) : mount;
      },
    }),
  }),
];

let count = 0;

/** The same mount, shown at another directory that stays when it is given back. */
async function bound(driver: Driver, mount: Mount): Promise<Mount> {
  const mounter = createMounter();
  count += 1;
  const path = join(driver.root, `.shown-${process.pid}-${count}`);
  makeDirectory(path);
  await mounter.bind(mount.path, path, mount.readOnly ? ['ro'] : []);
  const put = async (options?: PutOptions): Promise<void> => {
    await mounter.unmount(path, options);
    await mount.put(options);
  };
  return overridden(mount, { path, put, [Symbol.asyncDispose]: () => put() });
}
