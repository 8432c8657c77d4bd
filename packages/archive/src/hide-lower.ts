import { constants, readdirSync } from 'node:fs';
import { makeNode, type TimeSlice } from '@graphdriver/host';
import { joinPath, lastName, parentPath } from './byte-path.ts';
import { DirectoryState } from './directory-state.ts';
import type { LayerTree } from './layer-tree.ts';
import { DEFAULT_DIRECTORY, removeOtherXattrs, setDirectoryAttributes } from './node-attributes.ts';
import type { BytePath } from './tree.ts';

/**
 * Deletes what was at `path` before this archive: what stands in the target is removed, what shows through from underneath is
 * covered. What this archive brings stays, whether it came before the whiteout or comes after it.
 */
export async function hide(tree: LayerTree, path: BytePath, slice: TimeSlice): Promise<void> {
  const directory = parentPath(path);
  const name = lastName(path);
  const parent = tree.find(directory);
  if (parent === undefined || parent === 'whiteout') return;
  if (parent instanceof DirectoryState) {
    const kept = await hideUpper(tree, parent, name, slice);
    if (kept || !tree.merged(parent)) return;
  }
  if (tree.lowerNode(path) !== undefined) cover(tree, tree.enter(directory), name);
}

/** Deletes all that the directory at `path` had before this archive. */
export async function hideAllIn(tree: LayerTree, path: BytePath, slice: TimeSlice): Promise<void> {
  const found = tree.find(path);
  if (found === undefined || found === 'whiteout') return;
  await hideContent(tree, tree.enter(path), slice);
}

/** Returns true where something stays that hides what is underneath. */
async function hideUpper(tree: LayerTree, parent: DirectoryState, name: string, slice: TimeSlice): Promise<boolean> {
  const path = joinPath(parent.path, name);
  const stats = tree.stats(path);
  if (stats === undefined) return false;
  if (tree.isWhiteout(stats)) return true;
  const state = tree.upperDirectory(parent, name);
  if (state !== undefined) {
    if (state.holdsOwn) {
      resetDirectory(tree, state);
      await hideContent(tree, state, slice);
      return true;
    }
  } else if (parent.isOwn(name)) {
    return true;
  }
  await tree.remove(parent, name);
  return false;
}

async function hideContent(tree: LayerTree, top: DirectoryState, slice: TimeSlice): Promise<void> {
  const pending = [top];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    if (slice.over) await slice.pause();
    state.touched = true;
    for (const bytes of readdirSync(tree.location(state.path), 'buffer')) {
      const name = bytes.toString('latin1');
      const child = tree.upperDirectory(state, name);
      if (child?.holdsOwn === true) {
        resetDirectory(tree, child);
        pending.push(child);
      } else if (child !== undefined || !isKept(tree, state, name)) {
        await tree.remove(state, name);
      }
    }
    coverContent(tree, state);
  }
}

/** Of what is no directory. Whiteouts are of use in the top directory alone: the others are about to be opaque. */
function isKept(tree: LayerTree, state: DirectoryState, name: string): boolean {
  if (state.isOwn(name)) return true;
  if (state.parent !== null) return false;
  const stats = tree.stats(joinPath(state.path, name));
  return stats !== undefined && tree.isWhiteout(stats);
}

/** Hides what shows through from underneath, after everything else that was in the way is gone. */
function coverContent(tree: LayerTree, state: DirectoryState): void {
  if (state.parent?.merged === false) state.merged = false;
  if (!tree.merged(state)) return;
  if (state.parent !== null) {
    tree.makeOpaque(state);
    return;
  }
  // The top directory is always merged, so every name underneath is covered by itself.
  for (const name of tree.lowerNames()) if (tree.stats(name) === undefined) cover(tree, state, name);
}

function cover(tree: LayerTree, parent: DirectoryState, name: string): void {
  makeNode(tree.location(joinPath(parent.path, name)), constants.S_IFCHR, 0);
  parent.markBorrowed(name);
}

/** The directory that was here is gone: one that the archive only implies has nothing from it. */
function resetDirectory(tree: LayerTree, state: DirectoryState): void {
  if (state.archived) return;
  const location = tree.location(state.path);
  removeOtherXattrs(location, DEFAULT_DIRECTORY.xattrs);
  setDirectoryAttributes(state, location, DEFAULT_DIRECTORY);
  state.passesOnAcl = false;
}
