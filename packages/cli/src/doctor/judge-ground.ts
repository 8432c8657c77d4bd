import type { ProbeReport } from '@graphdriver/core';
import { formatBytes } from '../terminal.ts';
import type { Ground } from './facts.ts';
import { type Finding, finding, type Said } from './finding.ts';

const MIB = 1024 ** 2;

/** Less than this is a problem; less than that, and less than a twentieth of what there is, a matter for advice. */
const SPACE = { least: 64 * MIB, comfortable: 2048 * MIB };
const INODES = { least: 1000, comfortable: 50_000 };
const SMALL_SHARE = 0.05;

/** File systems on which the locks between processes do not hold, or the server may go away. */
const REMOTE: ReadonlySet<string> = new Set(['nfs', 'cifs', 'smb2', '9p']);

/** Mount options, and what a view that is a bind mount of such a file system does not let a container do. */
const HARMFUL: readonly (readonly [option: string, harm: string])[] = [
  ['noexec', 'programs cannot be started'],
  ['nosuid', 'set-user-id programs run without the rights of their owners'],
  ['nodev', 'device files cannot be opened'],
];

/** What to make of that which the root lies on. */
export function judgeGround(ground: Ground, reports: readonly ProbeReport[]): readonly Finding[] {
  if (ground.silence !== null) {
    return [
      finding('filesystem', {
        check: 'answers',
        severity: 'problem',
        sentence: `${ground.directory} does not answer: ${ground.silence}.`,
        remedy: 'Unmount it (umount -l), start what serves it, and mount it again.',
      }),
    ];
  }
  return [
    kind(ground),
    ...writing(ground),
    ...options(ground),
    ...entryTypes(ground),
    ...reflink(reports),
    space(ground),
    inodes(ground),
  ].map((said) => finding('filesystem', said));
}

function kind({ directory, filesystem, mountPoint }: Ground): Said {
  const check = 'type';
  const seen = `${directory} is on ${filesystem}, mounted at ${mountPoint}`;
  if (filesystem === 'overlay') {
    return {
      check,
      severity: 'advice',
      sentence: `${seen}: very likely in a container, where overlays cannot be stacked on one another.`,
      remedy: 'Put the root on a volume or a disk of the host.',
    };
  }
  if (REMOTE.has(filesystem)) {
    return {
      check,
      severity: 'problem',
      sentence: `${seen}: locks between processes need not hold there, nor do all owners and attributes of files.`,
      remedy: 'Put the root on a disk of this machine.',
    };
  }
  if (filesystem === 'tmpfs' || filesystem === 'ramfs') {
    return {
      check,
      severity: 'advice',
      sentence: `${seen}: layers take memory, and are gone after a restart.`,
      remedy: 'Put the root on a disk, unless that is what you want.',
    };
  }
  return { check, severity: 'fine', sentence: `${seen}.` };
}

function writing({ mountPoint, mountOptions }: Ground): readonly Said[] {
  if (!mountOptions.includes('ro')) return [];
  const sentence = `${mountPoint} is mounted read-only.`;
  const remedy = `Find out why (dmesg), and mount it writable: mount -o remount,rw ${mountPoint}.`;
  return [{ check: 'read-only', severity: 'problem', sentence, remedy }];
}

/** Binds inherit the flags of what they show; an overlay has its own. */
function options({ mountPoint, mountOptions }: Ground): readonly Said[] {
  const harms = HARMFUL.filter(([option]) => mountOptions.includes(option));
  if (harms.length === 0) return [];
  const named = harms.map(([option]) => option).join(',');
  const told = harms.map(([, harm]) => harm).join(', ');
  const undone = harms.map(([option]) => option.slice(2)).join(',');
  return [
    {
      check: 'mount-options',
      severity: 'advice',
      sentence: `${mountPoint} is mounted with ${named}, and so is every view that is a bind mount of it: ${told}.`,
      remedy: `Mount it without: mount -o remount,${undone} ${mountPoint}.`,
    },
  ];
}

/** An overlay tells whiteouts from files by the types of entries. */
function entryTypes({ filesystem, entryTypes: told }: Ground): readonly Said[] {
  const check = 'd_type';
  if (told === null) return [];
  if (told) return [{ check, severity: 'fine', sentence: 'Entries of directories tell what they are (d_type).' }];
  return [
    {
      check,
      severity: 'advice',
      sentence: 'Entries of directories do not tell what they are (d_type), so that an overlay shows deleted files.',
      remedy: ENTRY_TYPES[filesystem] ?? 'Put the root on ext4, xfs or btrfs.',
    },
  ];
}

const ENTRY_TYPES: Readonly<Record<string, string>> = {
  ext4: 'Unmount it; then tune2fs -O filetype and e2fsck -f, with the device, turn it on.',
  xfs: 'Make the file system anew: mkfs.xfs -n ftype=1.',
};

/** What drivers found out by trying, once for all of them. */
function reflink(reports: readonly ProbeReport[]): readonly Said[] {
  const found = reports.flatMap(({ driver, usable, checks }) => {
    const check = checks.find((one) => one.check === REFLINK);
    return usable && check !== undefined ? [{ driver, check }] : [];
  });
  const [first] = found;
  if (first === undefined) return [];
  const { passed, why, remedy } = first.check;
  const drivers = found.map(({ driver }) => driver);
  if (passed) return [{ check: REFLINK, severity: 'fine', sentence: why, drivers }];
  return [{ check: REFLINK, severity: 'advice', sentence: why, remedy, drivers }];
}

/** The check of drivers that is one of the file system, and told among its own. */
export const REFLINK = 'reflink';

function space({ space: { free, total } }: Ground): Said {
  const severity = severityOf(free, total, SPACE);
  const of = total > 0 ? ` of ${formatBytes(total)}` : '';
  return {
    check: 'free-space',
    severity,
    sentence: `${formatBytes(free)}${of} are free.`,
    remedy:
      severity === 'fine'
        ? undefined
        : 'Remove what nobody needs (graphdriver prune, graphdriver df), or move the root (graphdriver root move).',
  };
}

function inodes({ inodes: { free, total }, filesystem }: Ground): Said {
  const check = 'free-inodes';
  if (total === 0) return { check, severity: 'fine', sentence: `${filesystem} does not limit the number of files.` };
  const severity = severityOf(free, total, INODES);
  return {
    check,
    severity,
    sentence: `${free.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} inodes are free.`,
    remedy:
      severity === 'fine'
        ? undefined
        : 'Remove what nobody needs, or make the file system with more inodes (mkfs.ext4 -i 8192).',
  };
}

function severityOf(free: number, total: number, bounds: typeof SPACE): Said['severity'] {
  if (free < bounds.least) return 'problem';
  return free < bounds.comfortable && free < total * SMALL_SHARE ? 'advice' : 'fine';
}
