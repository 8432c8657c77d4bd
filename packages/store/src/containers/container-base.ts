import type { Books } from '../books.ts';
import type { LayerKey } from '../layers/layer-row.ts';
import { requireLayer } from '../layers/register-layer.ts';
import type { ContainerRow } from './container-row.ts';

/** What a container stands on. */
export interface ContainerBase {
  /** The driver layer of its image's top layer; `null` where it has none. */
  readonly imageLayer: string | null;
  /** Its chain ID. */
  readonly imageTop: LayerKey | null;
  /** Files that it shares with its forks lie between the image and its writable layer. */
  readonly isForked: boolean;
  /** Content bytes of all that is underneath its writable layer. */
  readonly size: number;
}

/** What a container's writable layer stands on. Costs a few reads, and one for each fork that it has been through. */
export function containerBase(books: Books, { base, image }: ContainerRow): ContainerBase {
  let size = 0;
  let key = base;
  while (key?.startsWith('private:') === true) {
    const row = requireLayer(books, key);
    size += row.size;
    key = row.parent;
  }
  return {
    imageLayer: key === null ? null : requireLayer(books, key).driverLayer,
    imageTop: key,
    isForked: key !== base,
    size: size + (image === null ? 0 : (books.images.get(image)?.size ?? 0)),
  };
}
