import { readFileSync } from 'node:fs';
import { open } from 'lmdb';
import { familiarReference, parseReference } from './reference.ts';
import { storeLayout } from './store-layout.ts';

/** The names that things in a store have. */
export interface StoreNames {
  /** As people write them. */
  readonly images: readonly string[];
  readonly containers: readonly string[];
}

/** The driver that the store in `root` was made with, without opening it; `undefined` where there is none, or none that may be read. */
export function glanceAtStore(root: string): string | undefined {
  try {
    const said: unknown = JSON.parse(readFileSync(storeLayout(root).format, 'utf8'));
    const driver = typeof said === 'object' && said !== null && 'driver' in said ? said.driver : undefined;
    return typeof driver === 'string' ? driver : undefined;
  } catch {
    return undefined;
  }
}

/** The names in the store in `root`, without opening or changing it: for offers to a person who types. Empty where there is no store. */
export async function glanceAtNames(root: string): Promise<StoreNames> {
  if (glanceAtStore(root) === undefined) return { images: [], containers: [] };
  const database = open({ path: storeLayout(root).database, readOnly: true, maxDbs: 32, noSubdir: false });
  try {
    const keysOf = (name: string): readonly string[] => {
      const table = database.openDB<unknown, string>({ name, encoding: 'json' });
      return table === undefined ? [] : [...table.getKeys()];
    };
    return {
      images: keysOf('references').map((reference) => familiarReference(parseReference(reference))),
      containers: keysOf('names'),
    };
  } finally {
    await database.close();
  }
}
