import { readdirSync } from 'node:fs';
import type { StatusLine } from '@graphdriver/core';
import { filesystemOf } from '@graphdriver/host';
import type { OpenRoot } from './open-root.ts';

/** What is to be said of every root, then what the backend says of itself. */
export async function rootStatus(root: OpenRoot): Promise<readonly StatusLine[]> {
  const { layout, backend, mounter } = root;
  const unfinished = [layout.pending, layout.removing, layout.changing].flatMap((folder) => readdirSync(folder)).length;
  return [
    { key: 'Root Dir', value: layout.root },
    { key: 'Backing Filesystem', value: filesystemOf(layout.root).name },
    { key: 'Layers', value: `${readdirSync(layout.records).length}` },
    { key: 'Held Layers', value: `${readdirSync(layout.holds).length}` },
    { key: 'Unfinished Changes', value: `${unfinished}` },
    { key: 'Mounts By', value: mounter.route },
    ...(await backend.status()),
  ];
}
