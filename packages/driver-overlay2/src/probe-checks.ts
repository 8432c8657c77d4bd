import type { ProbeCheck } from '@graphdriver/core';
import type { HostFacts, Obstacle } from './host-facts.ts';
import type { OverlayBehaviour } from './overlay-trial.ts';
import { hasNativeDiff } from './overlay2-capabilities.ts';

const ROOT = 'Run as root in the first user namespace of the host, or in another one with Linux 5.11 or later.';

/** What speaks against the file system under the root, seen by trying; `null` where nothing does. */
export function unsuitability(facts: HostFacts): { readonly why: string; readonly remedy: string } | null {
  const name = facts.filesystem;
  const remedy = 'Put the root on ext4, on xfs made with ftype=1, or on btrfs; not on overlay, NFS or FUSE.';
  const obstacle = facts.filesystemObstacle ?? (facts.kernelHasOverlay ? facts.mountObstacle : null);
  if (obstacle !== null && !isRefusal(obstacle))
    return { why: `${name} cannot hold an upper directory: ${obstacle.message}`, remedy };
  if (facts.behaviour?.hidesWhiteouts !== false) return null;
  return {
    why: `${name} does not report the types of directory entries (d_type), so that deleted files show.`,
    remedy: 'Make the file system so that it does: ext4 with the feature filetype, xfs with ftype=1.',
  };
}

/** What the driver needs of the kernel, and what it likes, judged by what was seen. The required checks come first. */
export function overlayChecks(facts: HostFacts): readonly ProbeCheck[] {
  const refused = [facts.filesystemObstacle, facts.mountObstacle].find(
    (obstacle) => obstacle !== null && isRefusal(obstacle),
  );
  // All capabilities were there, as they are in a user namespace, and the kernel refused all the same.
  if (refused !== undefined && refused !== null)
    return [failed('privileges', `The kernel refused: ${refused.message}`, ROOT)];
  return [overlay(facts), ...behaviourChecks(facts)];
}

function overlay(facts: HostFacts): ProbeCheck {
  const seen = facts.behaviour;
  if (!facts.kernelHasOverlay && facts.mountObstacle !== null) {
    return failed(
      'overlay',
      'The kernel has no overlay file system.',
      'Load it by `modprobe overlay`, or boot a kernel that has it (CONFIG_OVERLAY_FS).',
    );
  }
  if (seen === null) {
    const why = (facts.mountObstacle ?? facts.filesystemObstacle ?? facts.roomObstacle)?.message ?? 'it was not tried.';
    return failed(
      'overlay',
      `No overlay could be mounted: ${why}`,
      'See the failed checks before this one, and `dmesg`.',
    );
  }
  if (facts.noSpace !== null)
    return passed(
      'overlay',
      `There was no space to try it in, and nothing speaks against it: ${facts.noSpace.message}`,
    );
  if (!seen.copiesUp || !seen.leavesWhiteouts || !seen.marksOpaque) {
    return failed(
      'overlay',
      'A mounted overlay did not copy up, delete and replace as it should.',
      'Use Linux 4.15 or later.',
    );
  }
  return passed('overlay', 'An overlay of three layers was mounted, written to and read back from its directories.');
}

function behaviourChecks(facts: HostFacts): readonly ProbeCheck[] {
  const seen = facts.behaviour;
  if (seen === null) return [];
  return [
    twoLowers(seen),
    entryTypes(facts.filesystem, seen),
    redirectDir(facts, seen),
    nativeDiff(facts, seen),
    userxattr(facts),
    option(
      'metacopy',
      seen.copiesWholeFiles,
      'A change of mode copies a file whole',
      'A change of mode leaves a file without data in the upper directory',
    ),
    option(
      'index',
      seen.keepsNoIndex,
      'No index ties layers to their inode numbers',
      'The kernel keeps an index of copied files, and copied layers give ESTALE',
    ),
    xino(seen),
    reflink(facts),
    volatile(facts),
    quota(facts),
  ];
}

function twoLowers(seen: OverlayBehaviour): ProbeCheck {
  if (seen.mergesLowers) return passed('two-lowers', 'A directory of two lower layers shows the files of both.');
  return failed('two-lowers', 'Of two lower layers only one is shown.', 'Use Linux 4.0 or later.');
}

/** Where it fails the file system is unsuitable, and said to be so first. */
function entryTypes(filesystem: string, seen: OverlayBehaviour): ProbeCheck {
  if (seen.hidesWhiteouts) return passed('d_type', `${filesystem} tells the types of directory entries.`);
  return failed('d_type', 'Deleted files show in lists of directories.', 'Make the file system with d_type (ftype=1).');
}

/** Required where the root wants redirects; elsewhere they cost the native diff. */
function redirectDir(facts: HostFacts, seen: OverlayBehaviour): ProbeCheck {
  if (!facts.redirects) {
    return option(
      'redirect_dir',
      seen.refusesRedirects,
      'Renaming a lower directory gives EXDEV, as mv expects',
      'Renaming a lower directory leaves a redirect',
    );
  }
  if (!seen.refusesRedirects) return passed('redirect_dir', 'A lower directory can be renamed, and leaves a redirect.');
  const why = 'The root is to have redirect_dir=on, and the kernel makes no redirects.';
  if (facts.userxattr)
    return failed('redirect_dir', why, 'Without redirects: user namespaces and userxattr have none.');
  return failed('redirect_dir', why, 'Use Linux 4.10 or later, or a root without this setting.');
}

/** Not required: a layer that is not all in its own directory is read through mounts instead. */
function nativeDiff(facts: HostFacts, seen: OverlayBehaviour): ProbeCheck {
  if (hasNativeDiff(facts)) {
    return comfort('native-diff', true, 'A layer is all in its own directory, so that a diff reads nothing else.');
  }
  const why = 'A layer is not all in its own directory: a diff walks whole views.';
  if (facts.redirects && seen.copiesWholeFiles)
    return comfort('native-diff', false, why, 'Make the root without redirect_dir=on, if nobody renames directories.');
  const remedy =
    'Write N to /sys/module/overlay/parameters/metacopy and redirect_dir: this kernel does not take them as mount options.';
  return comfort('native-diff', false, why, remedy);
}

/** Passes always: where neither kind of attribute works, the file system or the privileges have failed before. */
function userxattr(facts: HostFacts): ProbeCheck {
  const why = facts.userxattr
    ? 'Overlay keeps its marks in user.overlay.*, which a user namespace can write.'
    : 'Overlay keeps its marks in trusted.overlay.*, which only root of the host sees.';
  return comfort('userxattr', true, why);
}

function option(name: string, off: boolean, good: string, bad: string): ProbeCheck {
  if (off) return comfort(name, true, `${good}.`);
  return comfort(
    name,
    false,
    `${bad}.`,
    `Write N to /sys/module/overlay/parameters/${name}: this kernel does not take it as a mount option.`,
  );
}

function xino(seen: OverlayBehaviour): ProbeCheck {
  const unique = seen.showsOneDevice && seen.keepsInodes;
  if (unique) return comfort('xino', true, 'Files keep their device and inode number when they are copied up.');
  return comfort(
    'xino',
    false,
    'A file gets another inode number when it is copied up.',
    'Use a file system that can be exported by NFS, as ext4, xfs and btrfs.',
  );
}

function reflink(facts: HostFacts): ProbeCheck {
  if (facts.reflink)
    return comfort('reflink', true, `${facts.filesystem} clones files: a copy_up takes the same time for every size.`);
  return comfort(
    'reflink',
    false,
    `${facts.filesystem} does not clone files: a copy_up reads and writes the whole file.`,
    'Put the root on xfs made with reflink=1, or on btrfs.',
  );
}

function volatile(facts: HostFacts): ProbeCheck {
  if (facts.volatile)
    return comfort('volatile', true, 'The kernel mounts without syncing what it copies up, where asked to.');
  return comfort(
    'volatile',
    false,
    'The kernel does not know volatile mounts: they are made as durable as others.',
    'Use Linux 5.10 or later.',
  );
}

function quota(facts: HostFacts): ProbeCheck {
  if (facts.projects === 'limits')
    return comfort('quota', true, `${facts.filesystem} limits what a layer takes, by project quota.`);
  return comfort(
    'quota',
    false,
    'No limit on what a layer takes was enforced: a quota is refused.',
    'Put the root on xfs mounted with prjquota. ext4 limits only processes without CAP_SYS_RESOURCE.',
  );
}

/** Who may not do a thing gets EPERM, but so does who wants a device 0:0 on an overlay, whoever it is. */
function isRefusal(obstacle: Obstacle): boolean {
  if (obstacle.call === 'mknod') return false;
  return ['EPERM', 'EACCES', 'PERMISSION_DENIED'].includes(obstacle.code);
}

function passed(check: string, why: string): ProbeCheck {
  return { check, passed: true, required: true, why };
}

function failed(check: string, why: string, remedy: string): ProbeCheck {
  return { check, passed: false, required: true, why, remedy };
}

function comfort(check: string, passes: boolean, why: string, remedy?: string): ProbeCheck {
  const found = { check, passed: passes, required: false, why };
  return remedy === undefined ? found : { ...found, remedy };
}
