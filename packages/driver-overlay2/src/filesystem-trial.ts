import { constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { exchangeFiles, makeDirectory, makeNode, setTimes, writeXattr } from '@graphdriver/host';

/**
 * Does what the driver and the kernel's overlay need of the file system under an upper directory, without mounting:
 * an attribute of the `trusted` kind, a whiteout, and the exchange of two directories.
 *
 * @throws errno errors of whichever call is refused first
 */
export function tryUpperFilesystem(room: string): void {
  const [one, other] = [join(room, 'one'), join(room, 'other')];
  makeDirectory(one, 0o700);
  makeDirectory(other, 0o700);
  writeXattr(one, 'trusted.overlay.opaque', Buffer.from('y'));
  makeNode(join(one, 'whiteout'), constants.S_IFCHR, 0);
  exchangeFiles(one, other);
}

/** Steps that file systems store times in, in nanoseconds: ext4 and xfs, ntfs, network file systems, ext3. */
const STEPS = [1, 100, 1_000, 1_000_000, 1_000_000_000];
const COARSEST = 2_000_000_000;

/** The finest step that a file's time can take here, in nanoseconds, seen from what becomes of a time that uses all nine digits. */
export function tryTimestamps(room: string): number {
  const wanted = 1_000_000_001_123_456_789n;
  setTimes(room, { mtime: wanted });
  const kept = statSync(room, { bigint: true }).mtimeNs;
  return STEPS.find((step) => kept === wanted - (wanted % BigInt(step))) ?? COARSEST;
}
