import { closeSync, openSync } from 'node:fs';
import type { MountOption } from './mount-request.ts';

const O_PATH = 0o10000000;
const O_DIRECTORY = 0o200000;
const PATH_OPTIONS: ReadonlySet<string> = new Set(['lowerdir', 'upperdir', 'workdir']);

/** Overlay options whose directories are named by descriptors of this process, and stay so until disposed of. */
export interface ShortPaths extends Disposable {
  /** The options with numbers for paths. They mean something only to a process that stands in `directory`. */
  readonly options: readonly MountOption[];
  /** `/proc/PID/fd`: each number in it is the directory that the descriptor stands for. */
  readonly directory: string;
}

/**
 * Replaces every directory in overlay options by the shortest name there is, so that 500 of them fit the page that mount(2) takes
 * (2 KiB), whatever characters they hold. Nothing lies on disk that a crash could leave behind.
 */
export function shortPaths(options: readonly MountOption[]): ShortPaths {
  const descriptors: number[] = [];
  const close = (): void => {
    for (const fd of descriptors) closeSync(fd);
  };
  try {
    const short = options.map(([key, value]): MountOption => {
      if (value === undefined || !PATH_OPTIONS.has(key)) return value === undefined ? [key] : [key, value];
      const fd = openSync(value, O_PATH | O_DIRECTORY);
      descriptors.push(fd);
      return [key, String(fd)];
    });
    return { options: short, directory: `/proc/${process.pid}/fd`, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}
