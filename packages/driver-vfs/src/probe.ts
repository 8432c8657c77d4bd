import type { OpenOptions, ProbeCheck, ProbeReport } from '@graphdriver/core';
import {
  cachedProbe,
  type FreshProbe,
  type ProbeGround,
  type ProbeRequest,
  probeRoot,
  unfitForFiles,
} from '@graphdriver/driver-kit';
import { canReflink, isErrno, writeXattr } from '@graphdriver/host';
import { VFS_CAPABILITIES } from './vfs-capabilities.ts';

/** To be changed with what a report says. */
const REPORT_FORMAT = 1;

/** What a probe of this driver asks, beside what all drivers do. */
export function probeRequest(options: OpenOptions): ProbeRequest {
  return {
    driver: 'vfs',
    options,
    unsuitable: ({ name }) => unfitForFiles(name),
    more: async (ground) => [checkXattrs(ground), checkReflink(ground)],
    capabilities: () => VFS_CAPABILITIES,
  };
}

/** Looks whether the driver works on a root, and how fast it will be. */
export function probe(options: OpenOptions): Promise<ProbeReport> {
  const fresh = async (): Promise<FreshProbe> => ({ report: await probeRoot(probeRequest(options)), lasts: true });
  return cachedProbe({ driver: 'vfs', format: REPORT_FORMAT, options, known: [], settings: {} }, fresh);
}

function checkXattrs({ folder, filesystem }: ProbeGround): ProbeCheck {
  const check = { check: 'xattr', required: false };
  try {
    writeXattr(folder, 'trusted.graphdriver', Buffer.from('1'));
    return { ...check, passed: true, why: `${filesystem.name} keeps extended attributes.` };
  } catch (error) {
    if (!isErrno(error)) throw error;
    return {
      ...check,
      passed: false,
      why: `${filesystem.name} keeps no extended attributes (${error.code}): archives that bring some cannot be applied.`,
      remedy: 'Choose a root on ext4, xfs or btrfs.',
    };
  }
}

function checkReflink({ folder, filesystem }: ProbeGround): ProbeCheck {
  const check = { check: 'reflink', required: false };
  if (canReflink(folder))
    return { ...check, passed: true, why: 'A layer shares the blocks of its parent until they change.' };
  return {
    ...check,
    passed: false,
    why: `Files on ${filesystem.name} share no blocks: every layer takes the space of all it shows.`,
    remedy: 'A root on btrfs, or on xfs with reflink, makes layers cheap.',
  };
}
