import type { Books } from '../books.ts';
import { type Digest, isDigest } from '../identity/digest.ts';
import { canonicalReference, parseReference } from '../reference.ts';
import { isStoreError, StoreError } from '../store-error.ts';

/** An image that was asked for, and the name it was asked for by. */
export interface FoundImage {
  readonly id: Digest;
  /** The canonical reference; `null` where it was asked for by its id. */
  readonly reference: string | null;
}

const HEX = /^(?:sha256:)?([0-9a-f]{1,64})$/;

/**
 * Finds an image by its id, by a name as people write it, or by the start of its id. A name goes before the start of an id.
 *
 * @throws {StoreError} `IMAGE_NOT_FOUND`, `AMBIGUOUS_ID`, `INVALID_REFERENCE`
 */
export function findImage(books: Books, text: string): FoundImage {
  const [, hex] = HEX.exec(text) ?? [];
  if (hex?.length === 64) return byId(books, text, `sha256:${hex}`);
  const named = byName(books, text, hex !== undefined);
  if (named !== undefined) return named;
  if (hex !== undefined) return byStart(books, text, hex);
  throw notFound(text);
}

function byId(books: Books, text: string, id: Digest): FoundImage {
  if (books.images.has(id)) return { id, reference: null };
  throw notFound(text);
}

/** What may be the start of an id need not be a name. */
function byName(books: Books, text: string, mayBeId: boolean): FoundImage | undefined {
  let reference: string;
  try {
    reference = canonicalReference(parseReference(text));
  } catch (error) {
    if (mayBeId && isStoreError(error, 'INVALID_REFERENCE')) return undefined;
    throw error;
  }
  const id = books.references.get(reference);
  return id === undefined ? undefined : { id, reference };
}

function byStart(books: Books, text: string, hex: string): FoundImage {
  const [id, other] = books.images.keys(`sha256:${hex}`, 2);
  if (other !== undefined) {
    throw new StoreError('AMBIGUOUS_ID', `More than one image has an id that starts with ${hex}.`, {
      hint: 'Write more of it.',
      details: { id: text },
    });
  }
  if (!isDigest(id)) throw notFound(text);
  return { id, reference: null };
}

function notFound(text: string): StoreError {
  return new StoreError('IMAGE_NOT_FOUND', `There is no image ${JSON.stringify(text)}.`, { details: { image: text } });
}
