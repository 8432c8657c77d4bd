import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listXattrs, readXattr } from '../src/xattr.ts';

/** All that can be seen of a tree, by path: what two exact copies have in common. Access times are left out, for looking changes them. */
export function snapshot(top: string | Buffer): Record<string, unknown> {
  const root = Buffer.from(top).toString('latin1');
  const links = new Map<string, string>();
  const found: Record<string, unknown> = {};
  const visit = (path: string): void => {
    const at = Buffer.from(root + path, 'latin1');
    const stat = lstatSync(at, { bigint: true });
    const identity = `${stat.dev}:${stat.ino}`;
    const sameAs = stat.isDirectory() ? path : (links.get(identity) ?? path);
    links.set(identity, sameAs);
    found[path] = {
      mode: stat.mode,
      owner: [stat.uid, stat.gid],
      mtime: stat.mtimeNs,
      rdev: stat.rdev,
      size: stat.isDirectory() ? undefined : stat.size,
      nlink: stat.isDirectory() ? undefined : stat.nlink,
      sameAs,
      xattrs: listXattrs(at).map((name) => [name, readXattr(at, name)?.toString('hex')]),
      content: contentOf(at, stat),
    };
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(at, { encoding: 'buffer' })
      .map((entry) => entry.toString('latin1'))
      .sort())
      visit(`${path}/${name}`);
  };
  visit('');
  return found;
}

function contentOf(path: Buffer, stat: { isFile(): boolean; isSymbolicLink(): boolean }): string | undefined {
  if (stat.isSymbolicLink()) return readlinkSync(path, { encoding: 'buffer' }).toString('hex');
  return stat.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : undefined;
}
