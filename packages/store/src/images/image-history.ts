import { isDeepStrictEqual } from 'node:util';
import type { Books } from '../books.ts';
import { chainIds } from '../identity/chain-id.ts';
import type { Digest } from '../identity/digest.ts';
import { layerUse } from '../layers/layer-row.ts';
import { requireLayer } from '../layers/register-layer.ts';
import { type HistoryEntry, type ImageConfig, parseImageConfig } from './image-config.ts';

/** A step of an image's history. */
export interface HistoryLine {
  /** The image that the step had led to, where this store has it; Docker shows `<missing>` for `null`. */
  readonly image: Digest | null;
  /** RFC 3339; `null` where the history does not say. */
  readonly created: string | null;
  readonly createdBy: string;
  readonly comment: string;
  /** Content bytes of the step's layer; 0 where it changed no file. */
  readonly size: number;
  /** The diff ID of the step's layer; `null` where it changed no file. */
  readonly layer: Digest | null;
}

/** The steps by which an image was made, the last one first. */
export function imageHistory(books: Books, id: Digest, config: ImageConfig): readonly HistoryLine[] {
  const steps = stepsOf(config);
  const diffIds = config.rootfs.diff_ids;
  const chain = chainIds(diffIds);
  let layers = 0;
  const lines = steps.map((step, at): HistoryLine => {
    const isLayer = step.empty_layer !== true;
    if (isLayer) layers++;
    const key = chain[layers - 1];
    return {
      image: at === steps.length - 1 ? id : imageAfter(books, key, steps.slice(0, at + 1)),
      created: step.created ?? null,
      createdBy: step.created_by ?? '',
      comment: step.comment ?? '',
      size: isLayer && key !== undefined ? requireLayer(books, key).size : 0,
      layer: isLayer ? (diffIds[layers - 1] ?? null) : null,
    };
  });
  return lines.toReversed();
}

/** An image without history shows its layers. */
function stepsOf(config: ImageConfig): readonly HistoryEntry[] {
  const { history, rootfs } = config;
  const told = history?.filter((step) => step.empty_layer !== true).length ?? 0;
  if (history !== null && history !== undefined && told === rootfs.diff_ids.length) return history;
  return rootfs.diff_ids.map(() => ({}));
}

/** The image with just these layers and steps. */
function imageAfter(books: Books, top: Digest | undefined, steps: readonly HistoryEntry[]): Digest | null {
  if (top === undefined) return null;
  for (const user of books.uses.of(layerUse(top), 'image:')) {
    const id = user.slice('image:'.length) as Digest; // Images are entered by their ids.
    const bytes = books.configs.get(id);
    if (bytes !== undefined && isDeepStrictEqual(parseImageConfig(bytes).history, steps)) return id;
  }
  return null;
}
