import { constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { exchangeFiles, isErrno, makeDirectory, makeNode, setTimes, writeXattr } from '@graphdriver/host';
import { overlayXattr } from './kernel-features.ts';

/**
 * Does what the driver and the kernel's overlay need of the file system under an upper directory, without mounting:
 * an attribute, a whiteout, and the exchange of two directories. Returns whether the attribute had to be of the `user` kind: in a
 * user namespace the kernel refuses `trusted` ones. `userxattr` says which it is to be; `null` leaves it to the kernel.
 *
 * @throws errno errors of whichever call is refused first
 */
export function tryUpperFilesystem(room: string, userxattr: boolean | null): boolean {
  const [one, other] = [join(room, 'one'), join(room, 'other')];
  makeDirectory(one, 0o700);
  makeDirectory(other, 0o700);
  const chosen = mark(one, userxattr);
  makeNode(join(one, 'whiteout'), constants.S_IFCHR, 0);
  exchangeFiles(one, other);
  return chosen;
}

function mark(directory: string, userxattr: boolean | null): boolean {
  try {
    writeXattr(directory, overlayXattr('opaque', userxattr === true), Buffer.from('y'));
    return userxattr === true;
  } catch (error) {
    if (userxattr !== null || !isErrno(error, 'EPERM')) throw error;
  }
  return mark(directory, true);
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
