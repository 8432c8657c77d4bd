import type { Books } from '../books.ts';
import { chainIds } from '../identity/chain-id.ts';
import { type Digest, digestOf } from '../identity/digest.ts';
import { layerUse } from '../layers/layer-row.ts';
import { requireLayer } from '../layers/register-layer.ts';
import type { Work } from '../layers/work.ts';
import { type ImageConfig, parseImageConfig } from './image-config.ts';
import { imageUse } from './image-row.ts';

/**
 * Enters an image of layers that are there and kept by `work`, which passes them on to it, and gives it names, taking them from other images.
 *
 * An image of the same configuration is the same image, and only gets more names. Returns its id.
 *
 * @throws {StoreError} `INVALID_IMAGE`, `LAYER_NOT_FOUND`
 */
export async function createImage(
  books: Books,
  configBytes: Uint8Array,
  { work, references = [] }: { readonly work: Work; readonly references?: readonly string[] },
): Promise<Digest> {
  const config = parseImageConfig(configBytes);
  const id = digestOf(configBytes);
  const chain = chainIds(config.rootfs.diff_ids);
  const row = {
    top: chain.at(-1) ?? null,
    layers: chain.length,
    size: chain.reduce((size, key) => size + requireLayer(books, key).size, 0),
    created: createdOf(config),
    added: new Date().toISOString(),
  };
  await books.metadata.change(() => {
    if (!books.images.has(id)) {
      if (row.top !== null) {
        requireLayer(books, row.top);
        books.uses.add(layerUse(row.top), imageUse(id));
      }
      books.configs.put(id, Buffer.from(configBytes));
      books.images.put(id, row);
    }
    if (row.top !== null) work.pass(row.top);
    for (const reference of references) putReference(books, reference, id);
  });
  return id;
}

/** Gives an image a name, taking it from another. Inside of a change that has seen the image. */
export function putReference(books: Books, reference: string, id: Digest): void {
  const before = books.references.get(reference);
  if (before !== undefined) books.uses.remove(imageUse(before), referenceUse(reference));
  books.references.put(reference, id);
  books.uses.add(imageUse(id), referenceUse(reference));
}

/** How a reference is named as a user of an image. */
export function referenceUse(reference: string): string {
  return `reference:${reference}`;
}

function createdOf({ created }: ImageConfig): string | null {
  return typeof created === 'string' && !Number.isNaN(Date.parse(created)) ? created : null;
}
