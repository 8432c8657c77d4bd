import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { makeDirectory, removeTree } from '@graphdriver/host';
import { type BenchTarget, loadDriver, openOptions } from './bench-target.ts';
import { guardWorkspace } from './scratch-guard.ts';

/** The folder in which one target is measured. Disposing of it removes the driver's layers and everything else in it. */
export interface BenchWorkspace extends AsyncDisposable {
  /** The driver's root. */
  readonly root: string;
  /** An empty directory that is no layer. */
  readonly plain: string;
}

/** Makes a folder of a new name in the target's directory. It goes also when this process is killed. */
export function makeWorkspace(target: BenchTarget): BenchWorkspace {
  // As the table of mounts has it, by which the guard goes.
  const folder = `${realpathSync(target.directory)}/graphdriver-bench-${randomBytes(6).toString('hex')}`;
  const root = `${folder}/root`;
  const plain = `${folder}/plain`;
  for (const path of [folder, root, plain]) makeDirectory(path);
  const guard = guardWorkspace(folder);
  return {
    root,
    plain,
    [Symbol.asyncDispose]: async () => {
      try {
        await removeLayers(target, root);
      } finally {
        await removeTree(folder);
        guard.end();
      }
    },
  };
}

/** What a killed round has left: opening the root releases its holds and mounts, and the layers can then go. */
async function removeLayers(target: BenchTarget, root: string): Promise<void> {
  const module = await loadDriver(target.source);
  const { usable } = await module.probe(openOptions(root, target));
  if (!usable) return;
  await using driver = await module.open(openOptions(root, target));
  for (const { id } of (await driver.list()).toReversed()) await driver.remove(id);
}
