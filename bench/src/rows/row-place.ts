import { filesystemOf } from '@graphdriver/host';
import { type LoopType, loopFilesystem, loopFilesystemReason, privilegeReason } from '@graphdriver/testkit';
import type { RowStage } from './row-stage.ts';

/** A directory that a row works in. */
export interface RowPlace extends AsyncDisposable {
  readonly path: string;
}

const LOOP_BYTES = 4 * 1024 ** 3;

/** The stage's own directory where it lies on ext4, else a fresh ext4 in a file. */
export async function ext4Place(stage: RowStage): Promise<RowPlace> {
  if (filesystemOf(stage.directory).name !== 'ext4') return loopPlace(stage, 'ext4');
  stage.note('On the ext4 file system of the given directory.');
  return { path: stage.directory, [Symbol.asyncDispose]: async () => undefined };
}

/** A fresh file system in a sparse file of 4 GiB, which nobody else writes to. With `directIo` nothing of it is kept in memory twice. */
export async function loopPlace(stage: RowStage, type: LoopType, directIo = false): Promise<RowPlace> {
  const filesystem = await loopFilesystem({ type, size: LOOP_BYTES, directIo });
  stage.note(`On a fresh ${type} file system in a file.`);
  return filesystem;
}

/** Why a fresh ext4 cannot be made here, or `null`. */
export function freshExt4Refusal(): Promise<string | null> {
  return loopFilesystemReason('ext4');
}

/** Why {@link ext4Place} cannot be made here, or `null`. */
export async function ext4Refusal(stage: RowStage): Promise<string | null> {
  return filesystemOf(stage.directory).name === 'ext4' ? privilegeReason() : freshExt4Refusal();
}
