import { type FilePath, pathBytes } from './file-path.ts';
import type { MountFlag, MountOption } from './mount-request.ts';

/** What mount(2) takes as `data`: the kernel copies one page and cuts off the rest silently. */
export const MOUNT_DATA_LIMIT = 4095;

const FLAG_BITS: Readonly<Record<MountFlag, number>> = { ro: 1, nosuid: 2, nodev: 4, noexec: 8 };

/** The flags as MS_* for mount(2), which are the same numbers as MOUNT_ATTR_* for fsmount(2). */
export function flagBits(flags: readonly MountFlag[]): number {
  return flags.reduce((bits, flag) => bits | FLAG_BITS[flag], 0);
}

/**
 * The options as the kernel's one string, or `null` where they cannot be said in it: a comma in a value of a file system that
 * has no escape. Overlay takes a backslash before `,` `:` and `\`, and one `lowerdir` with colons between the layers.
 */
export function mountData(type: string, options: readonly MountOption[]): Buffer | null {
  const parts: Buffer[] = [];
  for (const [key, value] of joinLowers(type, options)) {
    if (value === undefined) parts.push(Buffer.from(key));
    else if (type !== 'overlay' && value.includes(0x2c)) return null;
    else parts.push(Buffer.concat([Buffer.from(`${key}=`), value]));
  }
  return Buffer.from(parts.map((part) => part.toString('latin1')).join(','), 'latin1');
}

function joinLowers(type: string, options: readonly MountOption[]): (readonly [string, Buffer?])[] {
  if (type !== 'overlay') return options.map(([key, value]) => (value === undefined ? [key] : [key, pathBytes(value)]));
  const lowers = options.flatMap(([key, value]) =>
    key === 'lowerdir' && value !== undefined ? [escapeOverlay(value)] : [],
  );
  const rest = options.filter(([key]) => key !== 'lowerdir');
  const joined = Buffer.from(lowers.map((lower) => lower.toString('latin1')).join(':'), 'latin1');
  const others = rest.map(([key, value]): readonly [string, Buffer?] =>
    value === undefined ? [key] : [key, escapeOverlay(value)],
  );
  return lowers.length === 0 ? others : [['lowerdir', joined], ...others];
}

/** A path as overlay reads it in its options. */
export function escapeOverlay(path: FilePath): Buffer {
  return Buffer.from(
    pathBytes(path)
      .toString('latin1')
      .replace(/[\\:,]/g, '\\$&'),
    'latin1',
  );
}
