import { decompress } from '@graphdriver/archive';
import type { Expected } from '../identity/digest.ts';
import { verified } from '../identity/digest.ts';
import type { ImageSource } from './image-source.ts';

/** The uncompressed archive of a layer that is stored as `name`. What is stored is verified where its digest is known. */
export async function* storedLayer(
  source: ImageSource,
  name: string,
  expected: Expected | undefined,
): AsyncGenerator<Uint8Array> {
  const stored = source.open(name);
  const checked = (expected === undefined ? stored : verified(stored, expected, name))[Symbol.asyncIterator]();
  try {
    // Whoever unpacks may stop at what is the end for him: what comes behind it is verified nevertheless.
    yield* decompress({ [Symbol.asyncIterator]: () => ({ next: () => checked.next() }) });
    for (let next = await checked.next(); next.done !== true; ) next = await checked.next();
  } finally {
    await checked.return?.();
  }
}
