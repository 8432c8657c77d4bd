import { closeSync, constants, openSync } from 'node:fs';
import {
  FileStatus,
  makeNodeAt,
  makeSymlinkAt,
  readEntries,
  readLinkAt,
  readXattrAt,
  removeXattrAt,
  setTimesAt,
  statAt,
  TimeSlice,
  unlinkAt,
  writeXattrAt,
} from '@graphdriver/host';
import { isLong, isMark, meaningOf, OPAQUE, whiteoutOf } from './union/marks.ts';
import { atimeOf, mtimeOf } from './union/metadata.ts';
import { TYPE } from './union/nodes.ts';

const LOOK_AT_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OVERLAY_OPAQUE = 'trusted.overlay.opaque';
const YES = Buffer.from('y');
const EMPTY_FILE = 0o100444;
const DEVICE = 0o020000;

/** One entry of a directory of a branch. */
interface Entry {
  readonly name: string;
  readonly type: number;
}

/** Rewrites what a branch hides, from AUFS's notation into overlay's. Directories keep their times. Takes two system calls for each. */
export function marksToOverlay(root: string): Promise<void> {
  return eachDirectory(root, (fd, entries) => {
    const present = new Set(entries.map(({ name }) => name));
    for (const { name } of entries.filter((entry) => isMark(entry.name))) {
      const meaning = meaningOf(name);
      const hidden = meaning.kind === 'whiteout' ? meaning.of : undefined;
      const hiddenName = meaning.kind === 'long-whiteout' ? readLinkAt(fd, name) : hidden;
      if (meaning.kind === 'opaque') {
        unlinkAt(fd, name);
        writeXattrAt(fd, '', OVERLAY_OPAQUE, YES);
      } else if (hiddenName !== undefined) {
        unlinkAt(fd, name);
        // A crash may have left a whiteout beside what was about to take its place, which hides as much.
        if (!present.has(hiddenName)) makeNodeAt(fd, hiddenName, DEVICE, 0);
      }
    }
  });
}

/** The way back. */
export function marksFromOverlay(root: string): Promise<void> {
  const status = new FileStatus();
  return eachDirectory(root, (fd, entries) => {
    for (const { name } of entries.filter((entry) => entry.type === TYPE.character)) {
      statAt(fd, name, status);
      if (status.rdev !== 0) continue;
      unlinkAt(fd, name);
      if (isLong(name)) makeSymlinkAt(name, fd, whiteoutOf(name));
      else makeNodeAt(fd, whiteoutOf(name), EMPTY_FILE, 0);
    }
    if (readXattrAt(fd, '', OVERLAY_OPAQUE)?.equals(YES) !== true) return;
    removeXattrAt(fd, '', OVERLAY_OPAQUE);
    makeNodeAt(fd, OPAQUE, EMPTY_FILE, 0);
  });
}

async function eachDirectory(root: string, visit: (fd: number, entries: readonly Entry[]) => void): Promise<void> {
  const slice = new TimeSlice();
  const status = new FileStatus();
  const waiting: Buffer[] = [Buffer.from(root)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const fd = openSync(path, LOOK_AT_DIRECTORY);
    try {
      const entries: Entry[] = [];
      readEntries(fd, (name, type) => entries.push({ name, type: type === 0 ? typeOf(fd, name, status) : type }));
      statAt(fd, '', status);
      const [atime, mtime] = [atimeOf(status), mtimeOf(status)];
      visit(fd, entries);
      setTimesAt(fd, '', atime, mtime);
      for (const { name, type } of entries) {
        if (type === TYPE.directory) waiting.push(Buffer.concat([path, Buffer.from(`/${name}`, 'latin1')]));
      }
    } finally {
      closeSync(fd);
    }
    if (slice.over) await slice.pause();
  }
}

function typeOf(fd: number, name: string, status: FileStatus): number {
  statAt(fd, name, status);
  return (status.mode >> 12) & 15;
}
