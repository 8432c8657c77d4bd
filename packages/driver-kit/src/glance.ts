import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { bookLayout, recordId } from './book-layout.ts';

/**
 * The ids of the layers in the books under a driver's root, in no order, without opening it: for offers to a person who types.
 *
 * Takes one reading of a directory, no lock, and changes nothing. A layer that is just being made or removed may be missing or listed.
 * Empty where there are no books, or none that may be read.
 */
export function glanceAtLayers(root: string): readonly string[] {
  try {
    return readdirSync(bookLayout(resolve(root)).records).map(recordId);
  } catch {
    return [];
  }
}
