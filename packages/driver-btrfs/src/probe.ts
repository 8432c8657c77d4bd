import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DriverSettings,
  isStorageError,
  type OpenOptions,
  type ProbeCheck,
  type ProbeReport,
} from '@graphdriver/core';
import {
  type CheckedOptions,
  cachedProbe,
  checkOpenOptions,
  type FreshProbe,
  type ProbeGround,
  type ProbeRequest,
  probeRoot,
  settingsOf,
  unlessRefused,
} from '@graphdriver/driver-kit';
import { exchangeFiles, hasSubvolumeQuotas, isErrno } from '@graphdriver/host';
import { btrfsCapabilities } from './btrfs-capabilities.ts';
import { SETTINGS } from './options.ts';
import { subvolumeRoute } from './subvolume-route.ts';
import { removeSubvolume } from './subvolume-tree.ts';

/** What a probe of this driver asks, beside what all drivers do. */
export function probeRequest(options: CheckedOptions): ProbeRequest {
  return {
    driver: 'btrfs',
    settings: SETTINGS,
    options,
    unsuitable: ({ name }) => {
      if (name === 'btrfs') return null;
      return {
        why: `The root is on ${name}, which has no snapshots of btrfs.`,
        remedy: 'Make a btrfs file system (mkfs.btrfs, a partition or a file of its own) and mount it at the root.',
      };
    },
    more: async (ground) => [await trySnapshot(ground, options), lookAtQuotas(ground)],
    capabilities: () => btrfsCapabilities({ quota: wantsQuota(options) }),
  };
}

/** To be changed with what {@link probe} tries and says: reports that were remembered are then forgotten. */
const REPORT_FORMAT = 1;

/** Looks whether the driver works on a root, and leaves nothing behind; or remembers what it saw there before. */
export async function probe(options: OpenOptions): Promise<ProbeReport> {
  const checked = checkOpenOptions(options, { driver: 'btrfs', known: SETTINGS });
  const settings = settingsThatHold(checked);
  const fresh = async (): Promise<FreshProbe> => ({ report: await probeRoot(probeRequest(checked)), lasts: true });
  // Where the root says no to the settings, that is what the report is about.
  if (settings === null) return (await fresh()).report;
  return cachedProbe(
    {
      driver: 'btrfs',
      format: REPORT_FORMAT,
      options,
      known: SETTINGS,
      settings: { ...settings, counted: countedFilesystems() },
    },
    fresh,
  );
}

function wantsQuota(options: CheckedOptions): boolean {
  return settingsThatHold(options)?.['quota'] === 'on';
}

/** `null` where opening the root says what is wrong with it. */
function settingsThatHold({ root, settings }: CheckedOptions): DriverSettings | null {
  return unlessRefused(() => settingsOf({ driver: 'btrfs', root, settings, known: SETTINGS }));
}

/** Which file systems of this machine count what subvolumes take: anybody may switch that on, and the report says whether it is. */
function countedFilesystems(): string {
  const folder = '/sys/fs/btrfs';
  if (!existsSync(folder)) return '';
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'qgroups')))
    .join(' ');
}

/** Makes a subvolume and a snapshot of it, exchanges their names, and destroys both. */
async function trySnapshot({ folder }: ProbeGround, { mountWith }: CheckedOptions): Promise<ProbeCheck> {
  const check = { check: 'snapshot', required: true };
  const route = subvolumeRoute(mountWith);
  const [one, other] = [join(folder, 'subvolume'), join(folder, 'snapshot')];
  try {
    await route.create(one);
    await route.snapshot(one, other);
    exchangeFiles(one, other);
    await route.setReadOnly(other, true);
    return { ...check, passed: true, why: 'A snapshot was made, took the place of its subvolume, and was destroyed.' };
  } catch (error) {
    if (!isErrno(error) && !isStorageError(error)) throw error;
    const hint = isStorageError(error) ? error.hint : undefined;
    const remedy = hint ?? 'Run as root, outside a user namespace, on Linux 5.4 or later.';
    return { ...check, passed: false, why: `No snapshot could be made: ${error.message}`, remedy };
  } finally {
    await removeSubvolume(other, route);
    await removeSubvolume(one, route);
  }
}

function lookAtQuotas({ folder }: ProbeGround): ProbeCheck {
  const check = { check: 'quota', required: false };
  if (hasSubvolumeQuotas(folder))
    return { ...check, passed: true, why: 'The file system counts what each subvolume takes (qgroups).' };
  return {
    ...check,
    passed: false,
    why: 'Quotas are off on this file system, which makes removing snapshots faster.',
    remedy: 'Make the root with the setting quota=on where layers are to have quotas.',
  };
}
