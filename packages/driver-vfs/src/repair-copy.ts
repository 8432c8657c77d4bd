import { constants } from 'node:fs';
import { directoryTree, type TreeNode } from '@graphdriver/archive';
import type { BackendLayer } from '@graphdriver/driver-kit';
import {
  changeMode,
  closeFile,
  copyFileData,
  openFile,
  readXattr,
  setTimes,
  TimeSlice,
  truncateFile,
  writeXattr,
} from '@graphdriver/host';
import type { VfsLayout } from './layout.ts';

/** Nanoseconds by which the kernel's clock for files can be behind, and a record's time be rounded. */
const CLOCK_SLACK = 11_000_000n;

/** What the kernel takes away from a file that is written to. */
const CAPABILITIES = 'security.capability';

/**
 * Copies again, after the host went down, what of a new layer's copy has not reached the disk: making a layer does not wait for it.
 *
 * Journals keep names and metadata in order, so that whatever has a record has all its names; only contents can be missing, and a file whose
 * content is missing shows another size or fewer blocks than in the parent.
 * What users have written since is told by its ctime, which nobody can set, and is not touched.
 */
export async function repairCopy(layout: VfsLayout, layer: BackendLayer): Promise<void> {
  const [parent] = layer.parents;
  if (parent === undefined || layer.createdAt === undefined) return;
  const made = layer.createdAt + CLOCK_SLACK;
  const [copy, original] = [directoryTree(layout.files(layer.id)), directoryTree(layout.files(parent))];
  const slice = new TimeSlice();
  const waiting = [''];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const { name, type } of original.list(directory)) {
      const path = directory === '' ? name : `${directory}/${name}`;
      if (type === 'directory') waiting.push(path);
      if (type === 'file') await repairFile(copy.node(path), original.node(path), made);
      if (slice.over) await slice.pause();
    }
  }
}

async function repairFile(copy: TreeNode | undefined, original: TreeNode | undefined, made: bigint): Promise<void> {
  if (copy === undefined || original === undefined || copy.type !== 'file') return;
  if (copy.ctime > made || copy.mtime !== original.mtime) return;
  if (copy.size === original.size && copy.blocks >= original.blocks) return;
  const [from, to] = [original, copy].map(({ location }) => Buffer.from(location, 'latin1'));
  if (from !== undefined && to !== undefined) await copyContent(from, to, original, copy);
}

async function copyContent(from: Buffer, to: Buffer, original: TreeNode, copy: TreeNode): Promise<void> {
  const source = openFile(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const target = openFile(to, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      truncateFile(target, 0);
      await copyFileData(source, target, original.size);
    } finally {
      closeFile(target);
    }
  } finally {
    closeFile(source);
  }
  changeMode(to, copy.mode);
  const capabilities = readXattr(from, CAPABILITIES);
  if (capabilities !== undefined) writeXattr(to, CAPABILITIES, capabilities);
  setTimes(to, { mtime: copy.mtime });
}
