import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno, removeTree, run, unlinkFile } from '@graphdriver/host';
import { type ContainerFiles, EXEC_PREFIX } from './container-files.ts';
import { removeMountPoints } from './mount-points.ts';
import type { RuntimeName } from './process-spec.ts';
import { ociArguments } from './runtime-command.ts';

/**
 * Ends what may still run of a container and clears away what its last run has left: the runtime's books, cgroups, places to mount on.
 * Costs next to nothing where the run has ended well. Repeating it is safe. The folder's records stay.
 */
export async function removeRemains(files: ContainerFiles, runtime: RuntimeName): Promise<void> {
  if (runtime !== 'chroot') {
    for (const id of namesIn(files.runtimeState)) {
      // It fails for what has gone in the meantime.
      const args = [...ociArguments(files), 'delete', '--force', id];
      await run(runtime, args, { okExitCodes: [0, 1] });
    }
  }
  if (existsSync(files.runtimeState)) await removeTree(files.runtimeState);
  removeMountPoints(files.mountPoints);
  const execFiles = namesIn(files.directory).filter((name) => name.startsWith(EXEC_PREFIX));
  const ownFiles = execFiles.map((name) => join(files.directory, name));
  for (const path of [files.started, files.runtimeLog, files.config, ...ownFiles]) removeIfThere(path);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkFile(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
