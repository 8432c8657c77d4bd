import { join } from 'node:path';
import { removeTree, renameFile, syncDirectory } from '@graphdriver/host';
import type { Books } from '../books.ts';
import type { ContainerRow, Json } from '../containers/container-row.ts';
import { Metadata } from '../metadata/metadata.ts';
import { isContainerSpec } from '../run/container-spec.ts';
import type { StoreLayout } from '../store-layout.ts';

/** Copies the books, which nobody changes any more, to where a store of the layout has them. Containers find their volumes in the new place. */
export async function moveBooks(from: Books, to: StoreLayout): Promise<void> {
  const aside = join(to.spool, 'db');
  await removeTree(aside);
  await from.metadata.copyTo(aside);
  const metadata = Metadata.open(aside);
  try {
    await metadata.depart(undefined);
    const containers = metadata.table<ContainerRow>('containers');
    await metadata.change(() => {
      for (const { key, value } of containers.entries()) {
        containers.put(key, { ...value, spec: specIn(to, value.spec) });
      }
    });
  } finally {
    await metadata.close();
  }
  await removeTree(to.database);
  renameFile(aside, to.database);
  await syncDirectory(to.root);
}

function specIn(to: StoreLayout, before: Json): Json {
  const spec: unknown = before;
  if (!isContainerSpec(spec)) return before;
  const mounts = spec.mounts.map((mount) =>
    mount.volume === null ? mount : { ...mount, source: join(to.volumes, mount.volume, '_data') },
  );
  return JSON.parse(JSON.stringify({ ...spec, mounts })) as Json; // What comes out of JSON.parse is JSON.
}
