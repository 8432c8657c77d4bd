import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '@graphdriver/host';
import type { Books } from '../books.ts';
import { imageUse } from '../images/image-row.ts';
import { holdLayer } from '../layers/layer-holds.ts';
import { layerUse } from '../layers/layer-row.ts';
import { Work } from '../layers/work.ts';
import { containerUse, volumeUse } from './container-row.ts';

/**
 * Takes a container out of the books whose driver layer is gone, and removes its folder and whatever layers only it had needed.
 * Does nothing where the container has another layer by now.
 */
export async function forgetContainer(books: Books, id: string, driverLayer: string): Promise<void> {
  const folder = join(books.layout.containers, id);
  if (existsSync(folder)) await removeTree(folder);
  const row = books.containers.get(id);
  // Images look after their own layers. Only private ones can be left over, and only for them is there more work.
  if (row?.base?.startsWith('private:') !== true) return await strikeOut(books, id, driverLayer, undefined);
  await using work = await Work.begin(books);
  await strikeOut(books, id, driverLayer, work.id);
}

async function strikeOut(books: Books, id: string, driverLayer: string, work: string | undefined): Promise<void> {
  await books.metadata.change(() => {
    const row = books.containers.get(id);
    if (row === undefined || row.driverLayer !== driverLayer) return;
    books.containers.remove(id);
    if (books.names.get(row.name) === id) books.names.remove(row.name);
    for (const volume of row.volumes) books.uses.remove(volumeUse(volume), containerUse(id));
    if (row.image !== null) books.uses.remove(imageUse(row.image), containerUse(id));
    if (row.base === null) return;
    if (work !== undefined) holdLayer(books, work, row.base);
    books.uses.remove(layerUse(row.base), containerUse(id));
  });
}
