import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerDriver } from '@graphdriver/core';
import { removeTree } from '@graphdriver/host';

/** Where cases run. Disposing takes it away. */
export interface PosixGround extends AsyncDisposable {
  readonly path: string;
}

/** How what cases need comes to lie where they run. */
export interface PosixStage {
  /** Has `fill` put everything into an empty directory, and answers where it is found then. Leaves nothing when it fails. */
  prepare(fill: (directory: string) => Promise<void>): Promise<PosixGround>;
}

/** Cases run where their files were made: in a new directory inside `parent`. */
export function directoryStage(parent: string): PosixStage {
  return {
    async prepare(fill) {
      const path = mkdtempSync(join(parent, 'posix-'));
      const remove = (): Promise<void> => removeTree(path);
      try {
        await fill(path);
      } catch (error) {
        await remove();
        throw error;
      }
      return { path, [Symbol.asyncDispose]: remove };
    },
  };
}

const LOWER = 'posix-lower';
const UPPER = 'posix-upper';
/** In a view, so that nothing depends on its root. */
const CASES = 'cases';

/**
 * Cases run in the view of a layer above the committed layer in which their files were made: so their first changes are copy_ups
 * and whiteouts. Makes the layers `posix-lower` and `posix-upper`, and removes them.
 */
export function layerStage(driver: LayerDriver): PosixStage {
  return {
    async prepare(fill) {
      const undo: (() => Promise<void>)[] = [];
      const takeAway = async (): Promise<void> => {
        for (const step of undo.splice(0).reverse()) await step();
      };
      try {
        await driver.create(LOWER);
        undo.push(() => driver.remove(LOWER));
        await fillLayer(driver, fill);
        await driver.commit(LOWER);
        await driver.create(UPPER, { parent: LOWER });
        undo.push(() => driver.remove(UPPER));
        const mount = await driver.get(UPPER);
        undo.push(() => mount.put());
        return { path: join(mount.path, CASES), [Symbol.asyncDispose]: takeAway };
      } catch (error) {
        await takeAway();
        throw error;
      }
    },
  };
}

async function fillLayer(driver: LayerDriver, fill: (directory: string) => Promise<void>): Promise<void> {
  await using mount = await driver.get(LOWER);
  const directory = join(mount.path, CASES);
  mkdirSync(directory);
  await fill(directory);
}
