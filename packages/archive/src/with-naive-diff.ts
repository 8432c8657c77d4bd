import type { Driver, LayerDriver } from '@graphdriver/core';
import { NaiveDiffSource } from './naive-diff-source.ts';
import { withDiffs } from './with-diffs.ts';

/**
 * Makes a whole driver of any that can mount its layers, by nothing but the contract.
 *
 * Diffs walk both views, whatever the layer changed, through read-only mounts.
 * `applyDiff` unpacks into a mount of the layer. Before, it puts the layer's changes so far aside in a file without a name; if it fails
 * or is aborted it takes everything back and unpacks those. Sockets are lost then, since nobody listens at them; a layer with anything else
 * that no archive can carry takes none, with `UNREPRESENTABLE`.
 * If the process is killed in the middle of `applyDiff`, that one writable layer has a part of the archive: remove it.
 * While it runs, nobody can commit or remove the layer, but another `get` is not kept out and sees the half of it.
 */
export function withNaiveDiff(driver: LayerDriver): Driver {
  return withDiffs(driver, new NaiveDiffSource(driver));
}
