import type { OpenOptions, ProbeCheck, ProbeReport } from '@graphdriver/core';
import { isStorageError } from '@graphdriver/core';
import {
  type CheckedOptions,
  type ProbeGround,
  type ProbeRequest,
  probeRoot,
  settingsOf,
  unfitForFiles,
  unlessRefused,
} from '@graphdriver/driver-kit';
import { canReflink, FuseDevice, idleProcessors, isErrno, writeXattr } from '@graphdriver/host';
import { aufsCapabilities } from './aufs-capabilities.ts';
import { checkOptions, SETTINGS, wantsPassthrough } from './options.ts';

const ON_FUSE = {
  why: 'The root is on fuse, which cannot hold branches.',
  remedy: 'Choose a root on ext4, xfs, btrfs or the like.',
};

/** What a probe of this driver asks, beside what all drivers do. */
export function probeRequest(options: CheckedOptions): ProbeRequest {
  return {
    driver: 'aufs',
    settings: SETTINGS,
    options,
    unsuitable: ({ name }) => (name === 'fuse' ? ON_FUSE : unfitForFiles(name)),
    more: async (ground) => [checkFuse(), checkXattrs(ground), checkReflink(ground), ...checkWakeUps()],
    capabilities: () => aufsCapabilities({ passthrough: passthroughAt(options) }),
  };
}

/** Looks whether the driver works on a root, and leaves nothing behind. */
export async function probe(options: OpenOptions): Promise<ProbeReport> {
  return probeRoot(probeRequest(checkOptions(options)));
}

function passthroughAt({ root, settings }: CheckedOptions): boolean {
  const kept = unlessRefused(() => settingsOf({ driver: 'aufs', root, settings, known: SETTINGS }));
  return wantsPassthrough(kept ?? settings);
}

function checkFuse(): ProbeCheck {
  const check = { check: 'fuse', required: true };
  try {
    FuseDevice.open().close();
    return { ...check, passed: true, why: 'The kernel has FUSE, and /dev/fuse can be opened.' };
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const remedy = error.hint ?? 'Load the module fuse.';
    return { ...check, passed: false, why: error.message, remedy };
  }
}

function checkXattrs({ folder, filesystem }: ProbeGround): ProbeCheck {
  const check = { check: 'xattr', required: true };
  try {
    writeXattr(folder, 'trusted.graphdriver.ino', Buffer.from('1'));
    return { ...check, passed: true, why: `${filesystem.name} keeps extended attributes.` };
  } catch (error) {
    if (!isErrno(error)) throw error;
    const why = `${filesystem.name} keeps no trusted attributes (${error.code}): a copied file could not keep its number.`;
    return { ...check, passed: false, why, remedy: 'Run as root, with the root on ext4, xfs or btrfs.' };
  }
}

function checkReflink({ folder, filesystem }: ProbeGround): ProbeCheck {
  const check = { check: 'reflink', required: false };
  if (canReflink(folder)) return { ...check, passed: true, why: 'A copied file shares its blocks until they change.' };
  const why = `Files on ${filesystem.name} share no blocks: the first write to a file copies all of it.`;
  return { ...check, passed: false, why, remedy: 'A root on btrfs, or on xfs with reflink, makes that cheap.' };
}

/** Nothing where processors do not halt as those of a virtual machine do. */
function checkWakeUps(): readonly ProbeCheck[] {
  const { haltPoll } = idleProcessors();
  if (haltPoll === null) return [];
  const check = { check: 'wake-ups', required: false };
  if (haltPoll > 0) return [{ ...check, passed: true, why: 'Idle processors look for work before they halt.' }];
  const why = 'Idle processors of this virtual machine halt at once: who waits for the daemon’s answer is woken late.';
  const remedy =
    'Let them look for 200 µs first, as Linux does unless told: echo 200000 > /sys/module/haltpoll/parameters/guest_halt_poll_ns. ' +
    'It takes processor time of the host.';
  return [{ ...check, passed: false, why, remedy }];
}
