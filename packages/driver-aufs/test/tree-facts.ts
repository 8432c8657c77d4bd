import type { UnionClient } from './union-client.ts';

const FORMAT = 0o170000;

/** What a union shows, by path: files with the names that are the same file up to there, and with how many they say they have. */
export function unionTree(client: UnionClient): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const names = new Map<number, string[]>();
  const visit = (at: string): void => {
    for (const name of client.list(at)) {
      const here = at === '' ? name : `${at}/${name}`;
      const { mode, ino, uid, gid, links: count } = client.look(here);
      const isDirectory = (mode & FORMAT) === 0o040000;
      names.set(ino, [...(names.get(ino) ?? []), here]);
      const content = (mode & FORMAT) === 0o100000 ? client.read(here).toString('latin1') : '';
      const target = (mode & FORMAT) === 0o120000 ? client.readlink(here) : '';
      found[here] = {
        mode,
        owner: [uid, gid],
        content,
        target,
        xattrs: client.xattrs(here),
        links: isDirectory ? 1 : names.get(ino),
        count,
      };
      if (isDirectory) visit(here);
    }
  };
  visit('');
  return found;
}
