import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenOptions, ProbeCheck, ProbeReport } from '@graphdriver/core';
import { type CheckedOptions, type ProbeRequest, probeRoot, unlessRefused } from '@graphdriver/driver-kit';
import { createMounter, isErrno } from '@graphdriver/host';
import { openZfs, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import { requireRoom } from './dataset-names.ts';
import { timestampGranularity } from './file-times.ts';
import { checkOptions, SETTINGS } from './options.ts';
import { parentDataset } from './parent-dataset.ts';
import { zfsCapabilities } from './zfs-capabilities.ts';
import { reasonOf } from './zfs-failure.ts';

/** What the driver asks of a root before it is opened. */
export function suitability(options: CheckedOptions): Pick<ProbeRequest, 'driver' | 'options' | 'unsuitable'> {
  return {
    driver: 'zfs',
    options,
    unsuitable: () => {
      const parent = unlessRefused(() => parentDataset(options.root, options.settings));
      return typeof parent === 'string' ? null : parent;
    },
  };
}

/** Looks whether the driver works on a root, and leaves nothing behind. */
export async function probe(options: OpenOptions): Promise<ProbeReport> {
  const given = checkOptions(options);
  let granularity = 1;
  try {
    return await probeRoot({
      ...suitability(given),
      settings: SETTINGS,
      more: async ({ folder }) => {
        const found = await lookAtZfs(given);
        if ('check' in found) return [found];
        granularity = timestampGranularity(found.zfs, found.parent);
        return [found.installed, await tryClone(found, folder, given)];
      },
      capabilities: () => zfsCapabilities({ timestampGranularity: granularity }),
    });
  } catch (error) {
    if (!isErrno(error, 'ENOTCONN')) throw error;
    return deadMount(error);
  }
}

interface FoundZfs {
  readonly zfs: Zfs;
  readonly parent: string;
  readonly installed: ProbeCheck;
}

/** Finds the commands and the parent dataset, or says what is wrong with them. */
async function lookAtZfs({ root, settings }: CheckedOptions): Promise<FoundZfs | ProbeCheck> {
  const check = { check: 'zfs', required: true };
  try {
    const parent = parentDataset(root, settings);
    if (typeof parent !== 'string') return { ...check, passed: false, ...parent };
    requireRoom(parent);
    const zfs = await openZfs();
    const { type } = await zfs.datasets.get(parent);
    const { flavour, userland } = zfs.version;
    if (type !== 'filesystem') {
      const remedy = 'Name a file system with the setting fsname.';
      return { ...check, passed: false, why: `${parent} is a ${type}.`, remedy };
    }
    const why = `${flavour}${userland === undefined ? '' : ` ${userland}`} runs, and has the dataset ${parent}.`;
    return { zfs, parent, installed: { ...check, passed: true, why } };
  } catch (error) {
    const { why, remedy = 'Import the pool, and make the dataset with zfs create.' } = reasonOf(error);
    return { ...check, passed: false, why, remedy };
  }
}

/** Makes a dataset, a snapshot and a clone, mounts the clone, and destroys all three. */
async function tryClone({ zfs, parent }: FoundZfs, folder: string, { mountWith }: CheckedOptions): Promise<ProbeCheck> {
  const check = { check: 'clone', required: true };
  const name = `${parent}/graphdriver-probe-${randomBytes(4).toString('hex')}`;
  const [dataset, clone, place] = [`${name}-a`, `${name}-b`, join(folder, 'clone')];
  try {
    await zfs.datasets.create(dataset, { properties: { canmount: 'noauto' } });
    await zfs.snapshots.create(`${dataset}@one`);
    await zfs.snapshots.clone(`${dataset}@one`, clone, { properties: { canmount: 'noauto', mountpoint: place } });
    await zfs.datasets.mount(clone);
    return { ...check, passed: true, why: 'A dataset was made, cloned and mounted, and all of it destroyed.' };
  } catch (error) {
    const { why, remedy = 'Run as root, and see zpool status.' } = reasonOf(error);
    return { ...check, passed: false, why: `No dataset could be cloned and mounted: ${why}`, remedy };
  } finally {
    if (existsSync(place)) await createMounter(mountWith).unmount(place, { detach: true });
    // With its snapshot and clone. Where it could not be made there is nothing to destroy.
    await zfs.datasets.destroy(dataset, { clones: true }).catch(() => undefined);
  }
}

/** The root lies on a mount whose daemon has ended: nothing can be asked about it. */
function deadMount(error: Error): ProbeReport {
  const remedy = 'Unmount it (umount -l), start zfs-fuse, and mount it again (zfs mount -a).';
  return {
    driver: 'zfs',
    usable: false,
    checks: [{ check: 'filesystem', required: true, passed: false, why: error.message, remedy }],
    filesystem: 'fuse',
    priorState: false,
    capabilities: null,
  };
}
