import type { ZfsErrorCode } from './zfs-error.ts';

/** What a message means. The first rule that matches decides. */
export interface FailureRule {
  /** Matched against stderr from which every quoted name has been taken out: a dataset may be called `out of space`. */
  readonly pattern: RegExp;
  readonly code: ZfsErrorCode;
  readonly hint?: string;
}

const BUSY_HINT =
  'Something still uses it: a process with open files or its working directory there, or another command.';

/**
 * The messages of zfs-fuse 0.7 and of OpenZFS 0.8 to 2.3, as their libraries word them without translation.
 * What is about the installation comes first, then what is said in many words, then the words that occur everywhere.
 */
export const FAILURE_RULES: readonly FailureRule[] = [
  {
    pattern: /zfs-fuse daemon is running|^connect: (No such file|Connection refused)/m,
    code: 'NOT_RUNNING',
    hint: 'Start the daemon: zfs-fuse.',
  },
  {
    pattern: /ZFS modules? (are|is|cannot be)|\/dev\/zfs and \/proc\/self\/mounts are required|zfs_version_kernel\(\)/,
    code: 'NOT_RUNNING',
    hint: 'Load the kernel module: modprobe zfs.',
  },
  { pattern: /^connect: Permission denied|must be run as root/m, code: 'PERMISSION_DENIED', hint: 'Run this as root.' },
  { pattern: /unrecognized command|invalid option|pyzfs\.py not found|Function not implemented/, code: 'UNSUPPORTED' },
  { pattern: /invalid type ''|operation not supported|not supported on this|unsupported version/, code: 'UNSUPPORTED' },

  {
    pattern: /has dependent clones|snapshot is cloned|must be promoted/,
    code: 'HAS_CLONES',
    hint: 'Promote or destroy the clones first.',
  },
  {
    pattern: /(filesystem|volume|dataset) has (children|snapshots)/,
    code: 'HAS_CHILDREN',
    hint: 'Destroy recursively, or the children first.',
  },
  {
    pattern: /more recent snapshots( or bookmarks)? exist/,
    code: 'NEWER_SNAPSHOTS',
    hint: 'They have to be destroyed for a rollback to this one.',
  },
  { pattern: /being held|snapshot is held|has user holds/, code: 'HAS_HOLDS', hint: 'Release the holds first.' },
  { pattern: /tag already exists on this dataset/, code: 'HOLD_EXISTS' },
  { pattern: /no such tag on this dataset/, code: 'HOLD_NOT_FOUND' },
  { pattern: /not a cloned (filesystem|volume)/, code: 'NOT_A_CLONE' },

  { pattern: /must specify -F to overwrite it|destination .*exists\b/, code: 'DATASET_EXISTS' },
  {
    pattern:
      /does not\s+match incremental source|destination '' does not exist|has been modified|must destroy them to overwrite|destination has snapshots|could not find incremental|incremental source .*(does not exist|is not earlier)|not an earlier snapshot/,
    code: 'STREAM_MISMATCH',
    hint: 'The destination must be as it was at the snapshot that the stream starts from.',
  },
  {
    pattern:
      /invalid (backup )?stream|failed to read from stream|incomplete stream|checksum mismatch|stream (is )?corrupt|resume token is corrupt|bad magic/,
    code: 'INVALID_STREAM',
  },
  { pattern: /could not send .*(does not exist)/, code: 'DATASET_NOT_FOUND' },

  {
    pattern: /directory is not empty/,
    code: 'MOUNTPOINT_NOT_EMPTY',
    hint: 'Empty the directory, or set another mountpoint.',
  },
  {
    pattern: /legacy mountpoint|no mountpoint set|property is set to ''$|property not set to ''/m,
    code: 'NOT_MOUNTABLE',
  },

  {
    pattern:
      /is part of (active|exported|potentially active|potentially-active) pool|is in use|less than the minimum size|contains a filesystem|does not exist in the pool|no such device in pool|wrong device type|could not open .*device/,
    code: 'DEVICE_UNUSABLE',
  },
  { pattern: /^cannot open '.*': (No such file|no such device)|^cannot resolve path ''/m, code: 'DEVICE_UNUSABLE' },
  { pattern: /pool with that name (is )?already|pool already exists|pool or dataset exists/, code: 'POOL_EXISTS' },
  {
    pattern: /pool is unavailable|currently unavailable|currently suspended|no valid replicas|I\/O error|is faulted/,
    code: 'POOL_UNAVAILABLE',
    hint: 'zpool status tells which devices are missing or faulted.',
  },
  {
    pattern: /may be in use from other system|last accessed by another system|was previously in use/,
    code: 'POOL_BUSY',
    hint: 'Import it with force, if no other machine uses it.',
  },
  { pattern: /no such pool( available)?/, code: 'POOL_NOT_FOUND' },
  { pattern: /pool is busy/, code: 'POOL_BUSY', hint: BUSY_HINT },

  {
    pattern: /size is greater than available space|out of space|no space left/i,
    code: 'OUT_OF_SPACE',
    hint: 'Destroy datasets or snapshots, which a full pool still allows, or add a device: zfs list -o space shows what takes it.',
  },
  {
    pattern: /quota exceeded|less than current used or reserved/i,
    code: 'QUOTA_EXCEEDED',
    hint: 'Raise the quota, of the dataset or of one above it, or remove what takes the space.',
  },
  {
    pattern:
      /invalid property|bad property|is not a valid pool (or vdev )?property|bad numeric value|must be one of|is readonly|read-?\s?only property|property is read-only|cannot be inherited|to disable quota|invalid quota|must be an absolute path|property doesn't apply|property value|property name .* too long|missing value in property|cannot be set|property specified multiple/,
    code: 'INVALID_PROPERTY',
  },
  {
    pattern:
      /invalid (dataset |pool )?name|invalid character|name is (too long|reserved)|pool name is reserved|name must begin|empty component|missing (dataset name|'' delimiter)|delimiter '' in|trailing slash|leading slash|must be within same pool|argument must be a snapshot|self reference/,
    code: 'INVALID_NAME',
  },

  { pattern: /parent does not exist/, code: 'PARENT_NOT_FOUND' },
  {
    pattern:
      /dataset (does not exist|not found)|no such pool or dataset|could not find any snapshots|no longer exists|obtain diffs: No such file/,
    code: 'DATASET_NOT_FOUND',
  },
  { pattern: /(dataset|bookmark|snapshot) (already )?exists/, code: 'DATASET_EXISTS' },
  {
    pattern:
      /(dataset|target|device|pool or dataset|snapshot) is busy|resource busy|umount child process failed|umount failed|could not unmount datasets/i,
    code: 'DATASET_BUSY',
    hint: BUSY_HINT,
  },
  {
    pattern: /permission denied|insufficient privileges|operation not permitted/i,
    code: 'PERMISSION_DENIED',
    hint: 'Run this as root, or have it delegated with zfs allow.',
  },
  { pattern: /read-only|read only/i, code: 'READ_ONLY' },
];
