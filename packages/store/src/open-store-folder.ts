import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isErrno, LockFile, writeFileAtomic } from '@graphdriver/host';
import { z } from 'zod';
import { StoreError } from './store-error.ts';
import { type StoreLayout, storeLayout } from './store-layout.ts';

/** What a store's folder says of itself. */
export interface StoreFormat {
  readonly format: 1;
  readonly id: string;
  /** The name of the driver whose layers the books speak of. */
  readonly driver: string;
}

const format: z.ZodType<StoreFormat> = z.object({ format: z.literal(1), id: z.string().min(1), driver: z.string() });

/**
 * Makes the folder a store's where it is none yet. Of several who do so at once one makes it.
 *
 * @throws {StoreError} `NEWER_FORMAT`, `CORRUPT_STORE` for a store of another driver's layers, `STORE_MOVED` where one is still on its way
 */
export async function openStoreFolder(
  root: string,
  driver: string,
): Promise<{ readonly layout: StoreLayout; readonly format: StoreFormat }> {
  const layout = storeLayout(root);
  if (existsSync(layout.arrival))
    throw new StoreError('STORE_MOVED', `A store is being moved to ${root}, and is not complete there.`, {
      hint: 'Let the move be finished, or give it up.',
      details: { to: root, complete: false, ...departedFrom(layout) },
    });
  for (const folder of [root, layout.database, layout.marks, layout.assemblies, layout.containers, layout.spool])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(layout.volumes, { recursive: true, mode: 0o711 });
  const locks = LockFile.open(layout.locks);
  try {
    using _lock = await locks.acquire(['store']);
    const found = readFormat(layout) ?? (await makeFormat(layout, driver));
    if (found.driver === driver) return { layout, format: found };
    throw new StoreError('CORRUPT_STORE', `The store in ${root} has layers of ${found.driver}, not of ${driver}.`, {
      hint: `Open it with the driver ${found.driver}, or choose another folder.`,
      details: { root, driver: found.driver },
    });
  } finally {
    locks.close();
  }
}

/** Where the store that is being moved here is: what the note says, as far as it can be read. */
function departedFrom({ arrival }: StoreLayout): { readonly from?: string } {
  const said = parsed(readFileSync(arrival, 'utf8'));
  const from = typeof said === 'object' && said !== null && 'from' in said ? said.from : undefined;
  return typeof from === 'string' ? { from } : {};
}

/** What the store in a folder says of itself; `undefined` where there is none. @throws {StoreError} `NEWER_FORMAT`, `CORRUPT_STORE` */
export function readFormat(layout: StoreLayout): StoreFormat | undefined {
  let text: string;
  try {
    text = readFileSync(layout.format, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const value = parsed(text);
  const result = format.safeParse(value);
  if (result.success) return result.data;
  const number: unknown = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof number === 'number' && number > 1)
    throw new StoreError('NEWER_FORMAT', `A later release wrote the store in ${layout.root}.`, {
      hint: 'Use that release.',
    });
  throw new StoreError('CORRUPT_STORE', `${layout.format} is not what a store wrote.`, {
    details: { path: layout.format },
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function makeFormat(layout: StoreLayout, driver: string): Promise<StoreFormat> {
  const made: StoreFormat = { format: 1, id: randomBytes(16).toString('hex'), driver };
  await writeFormat(layout, made);
  return made;
}

/** Makes a folder a store's: durable when it returns. */
export async function writeFormat(layout: StoreLayout, made: StoreFormat): Promise<void> {
  await writeFileAtomic(layout.format, `${JSON.stringify(made)}\n`, { durable: true });
}
