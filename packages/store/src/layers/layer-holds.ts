import type { Books } from '../books.ts';
import { type LayerKey, layerUse } from './layer-row.ts';

/** Lets a work keep a layer from being removed. Inside of a change that has seen the layer's row. */
export function holdLayer(books: Books, work: string, key: LayerKey): void {
  books.uses.add(layerUse(key), `work:${work}`);
  books.works.put(`${work}|${key}`, 1);
}

/** Lets go of it, without looking whether anybody else needs the layer. Inside of a change. */
export function unholdLayer(books: Books, work: string, key: LayerKey): void {
  books.uses.remove(layerUse(key), `work:${work}`);
  books.works.remove(`${work}|${key}`);
}
