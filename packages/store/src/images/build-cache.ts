import type { Books } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { holdLayer } from '../layers/layer-holds.ts';
import { layerUse } from '../layers/layer-row.ts';
import { Work } from '../layers/work.ts';
import type { KeptStep } from './kept-step.ts';

/** What was kept for `key`; `undefined` where that is nothing, or its layer is gone. `work` keeps the layer from now on. */
export async function cachedStep(books: Books, work: Work, key: Digest): Promise<KeptStep | undefined> {
  const step = books.buildCache.get(key);
  const layer = step?.layer ?? null;
  if (layer === null) return step;
  return await books.metadata.change(() => {
    if (!books.layers.has(layer.chainId)) return undefined;
    work.hold(layer.chainId);
    return step;
  });
}

/** Keeps a step, and its layer, which somebody keeps until then. A key that is there already is replaced. */
export async function rememberStep(books: Books, key: Digest, step: KeptStep): Promise<void> {
  await using work = await Work.begin(books);
  await books.metadata.change(() => {
    forgetStep(books, key, work.id);
    books.buildCache.put(key, step);
    if (step.layer !== null && books.layers.has(step.layer.chainId))
      books.uses.add(layerUse(step.layer.chainId), cacheUse(key));
  });
}

/** Empties the build cache. Layers that no image has go. Returns how many steps were forgotten. */
export async function pruneBuildCache(books: Books): Promise<number> {
  const keys = books.buildCache.keys();
  for (const key of keys) {
    await using work = await Work.begin(books);
    await books.metadata.change(() => forgetStep(books, key as Digest, work.id)); // Steps are kept by digests.
  }
  return keys.length;
}

/** Inside of a change. The layer is then held by `work`. */
function forgetStep(books: Books, key: Digest, work: string): void {
  const layer = books.buildCache.get(key)?.layer ?? null;
  books.buildCache.remove(key);
  if (layer === null || !books.uses.has(layerUse(layer.chainId), cacheUse(key))) return;
  holdLayer(books, work, layer.chainId);
  books.uses.remove(layerUse(layer.chainId), cacheUse(key));
}

function cacheUse(key: Digest): string {
  return `cache:${key}`;
}
