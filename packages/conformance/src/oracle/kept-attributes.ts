import { chmodSync, lchownSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckContext } from '../check.ts';

/** What histories may draw upon, because the file system beneath the layers does with it what a plain directory does. */
export interface KeptAttributes {
  /** The greatest owner there is. */
  readonly highOwner: boolean;
  /** Set-id bits, which a write by root leaves or clears. */
  readonly setIdBits: boolean;
}

/** An owner that takes all 32 bits. */
export const HIGH_OWNER = 0xffff_fffe;

/** A mode that runs a program as its owner. */
export const SET_ID_MODE = 0o4711;

/**
 * Tries both in a new layer of `context`, called `id`, and in a plain directory.
 *
 * Some file systems, zfs-fuse for one, refuse owners of 32 bits or clear set-id bits at another moment. That is told by checks of its own; a
 * random history that met it would fail for nothing else any more.
 */
export async function keptAttributes(context: CheckContext, id = 'kept-attributes'): Promise<KeptAttributes> {
  await context.driver.create(id);
  const mount = await context.driver.get(id);
  try {
    const [inLayer, plain] = [attributesKeptIn(mount.path), attributesKeptIn(await context.scratch())];
    return { highOwner: inLayer.owner === plain.owner, setIdBits: inLayer.mode === plain.mode };
  } finally {
    await mount.put();
  }
}

function attributesKeptIn(directory: string): { readonly owner: number | undefined; readonly mode: number } {
  const file = join(directory, 'file');
  writeFileSync(file, 'before');
  chmodSync(file, SET_ID_MODE);
  writeFileSync(file, 'after');
  const { mode } = lstatSync(file);
  return { owner: ownerAfterChange(file), mode };
}

/** Nothing where the file system refuses such an owner. */
function ownerAfterChange(file: string): number | undefined {
  try {
    lchownSync(file, HIGH_OWNER, HIGH_OWNER);
    return lstatSync(file).uid;
  } catch {
    return undefined;
  }
}
