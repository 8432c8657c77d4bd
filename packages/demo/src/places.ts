import { isStorageError, throwIfAborted } from '@graphdriver/core';
import { filesystemOf } from '@graphdriver/host';
import { type FilesystemType, filesystemInFile, scratchRoot } from '@graphdriver/testkit';
import type { DemoContext } from './demo-context.ts';
import type { Place } from './place.ts';

const GIBIBYTE = 1024 ** 3;
const LOOP_SIZE = 3 * GIBIBYTE;
/** Of the facts about places, the longest of which is `btrfs in a file`. */
const COLUMN = 17;
const LOOP_TYPES: readonly FilesystemType[] = ['xfs', 'btrfs', 'ext4', 'zfs'];
/** Milliseconds to wait for others on this machine who use zfs-fuse, of which there can be one. */
const PATIENCE = 5000;

/** The machine's own file system under the temporary folder, and others in loop-backed files where they can be made. */
export async function makePlaces(context: DemoContext): Promise<readonly [Place, ...Place[]]> {
  const { story, cleanUp, progress, signal, quick, record } = context;
  const scratch = cleanUp.use('the temporary folder', await scratchRoot('graphdriver-demo-'));
  const { name, freeBytes } = filesystemOf(scratch.path);
  const own: Place = { label: name, directory: scratch.path, filesystem: name, loop: false };
  story.fact(own.label, `${own.directory}, ${Math.floor(freeBytes / GIBIBYTE)} GiB free`, { column: COLUMN });
  record.places.push(own);
  const loops: Place[] = [];
  for (const type of quick ? [] : LOOP_TYPES.filter((candidate) => candidate !== name)) {
    throwIfAborted(signal, 'The demonstration');
    progress.show({ task: 'making a file system', detail: type });
    const label = `${type} in a file`;
    const made = freeBytes < 4 * LOOP_SIZE ? 'There is too little space for it here.' : await makeLoop(context, type);
    if (typeof made === 'string') {
      story.fact(label, `left out: ${made}`, { column: COLUMN, tone: 'quiet' });
    } else {
      const loop = { label, directory: made.path, filesystem: type, loop: true };
      loops.push(loop);
      record.places.push(loop);
      story.fact(label, `${made.path}, mounted from a sparse file of ${LOOP_SIZE / GIBIBYTE} GiB`, { column: COLUMN });
    }
  }
  return [own, ...loops];
}

async function makeLoop({ cleanUp }: DemoContext, type: FilesystemType): Promise<{ readonly path: string } | string> {
  try {
    const made = await filesystemInFile({ type, size: LOOP_SIZE, patience: PATIENCE });
    return cleanUp.use(`the ${type} file system in a file`, made);
  } catch (error) {
    if (isStorageError(error)) return error.message;
    throw error;
  }
}
