import { constants, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { closeFile, copyTree, isErrno, openFile, removeTree, unlinkFile } from '@graphdriver/host';
import { resolveInRoot } from '../runtime/root-path.ts';
import type { Volume } from './volumes.ts';

/**
 * Copies what an image has at `target` into an empty volume, with all owners, modes, times and attributes, those of the folder itself
 * too: Docker's habit, by which a volume begins with what the image meant to be there. A volume with content is left as it is, and so
 * is one whose target is no folder of the image.
 *
 * A copy that was cut short is made anew the next time. The caller holds the volume's lock.
 */
export async function fillVolume(volume: Volume, rootfs: string, target: string, signal?: AbortSignal): Promise<void> {
  const note = join(dirname(volume.path), 'filling');
  if (existsSync(note)) await emptyDirectory(volume.path);
  else if (readdirSync(volume.path).length > 0) return;
  const { host, stat } = resolveInRoot(rootfs, target);
  if (stat?.isDirectory() === true) {
    closeFile(openFile(note, constants.O_CREAT | constants.O_WRONLY, 0o600));
    await copyTree(host, volume.path, signal === undefined ? {} : { signal });
  }
  removeNote(note);
}

async function emptyDirectory(path: string): Promise<void> {
  for (const name of readdirSync(Buffer.from(path), { encoding: 'buffer' }))
    await removeTree(Buffer.concat([Buffer.from(`${path}/`), name]));
}

function removeNote(note: string): void {
  try {
    unlinkFile(note);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
