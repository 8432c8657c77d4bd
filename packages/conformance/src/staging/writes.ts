import {
  appendFileSync,
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimes, writeXattr } from '@graphdriver/host';
import { LATER } from './times.ts';

/** Every kind of change to a tree in which `path` is a regular file: what it is called, and how to do it. */
export function writesTo(path: string): Readonly<Record<string, (root: string) => void>> {
  return {
    append: (root) => appendFileSync(join(root, path), 'more'),
    truncate: (root) => truncateSync(join(root, path), 0),
    chmod: (root) => chmodSync(join(root, path), 0o600),
    chown: (root) => lchownSync(join(root, path), 5, 6),
    'set times': (root) => setTimes(join(root, path), { mtime: LATER }),
    'set an attribute': (root) => writeXattr(join(root, path), 'trusted.touched', Buffer.from('yes')),
    rename: (root) => renameSync(join(root, path), join(root, 'renamed')),
    unlink: (root) => unlinkSync(join(root, path)),
    link: (root) => linkSync(join(root, path), join(root, 'linked')),
    mkdir: (root) => mkdirSync(join(root, 'made')),
    symlink: (root) => symlinkSync('anywhere', join(root, 'pointing')),
  };
}
