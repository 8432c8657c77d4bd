import type { ProbeCheck } from '@graphdriver/core';
import type { HostFacts, Obstacle } from './host-facts.ts';
import type { OverlayBehaviour } from './overlay-trial.ts';

const ROOT = 'Run as root, in the first user namespace of the host.';

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
    remedy,
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
  return [overlay(facts), nativeDiff(facts), ...optionalChecks(facts)];
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

function optionalChecks(facts: HostFacts): readonly ProbeCheck[] {
  const seen = facts.behaviour;
  if (seen === null) return [];
  return [
    option(
      'metacopy',
      seen.copiesWholeFiles,
      'A change of mode copies a file whole',
      'A change of mode leaves a file without data in the upper directory',
    ),
    option(
      'redirect_dir',
      seen.refusesRedirects,
      'Renaming a lower directory gives EXDEV, as mv expects',
      'Renaming a lower directory leaves a redirect',
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
  ];
}

/** Required: views are read and diffs are made from the layers' directories, which must then hold all of a layer. */
function nativeDiff(facts: HostFacts): ProbeCheck {
  const seen = facts.behaviour;
  if (seen === null)
    return failed('native-diff', 'Nothing could be mounted to see it.', 'See the failed checks before this one.');
  if (seen.copiesWholeFiles && seen.refusesRedirects) {
    return passed('native-diff', 'A layer is all in its own directory, so that a diff reads nothing else.');
  }
  const remedy =
    'Write N to /sys/module/overlay/parameters/metacopy and redirect_dir: this kernel does not take them as mount options.';
  return failed('native-diff', 'The kernel leaves parts of a layer outside its directory.', remedy);
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
