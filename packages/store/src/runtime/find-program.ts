import type { Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { PreparedContainer } from './prepare-container.ts';
import { resolveInRoot } from './root-path.ts';

/**
 * Why the program of a container cannot be executed, in the words of the runtimes; `undefined` where it can, or where only the running
 * container can tell.
 */
export function programComplaint({ spec, process, mounts }: PreparedContainer): string | undefined {
  const name = spec.args[0] ?? '';
  const path = process.env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  const folders = name.includes('/') ? [''] : path.split(':').map((folder) => folder || '.');
  const stats: (Stats | undefined)[] = [];
  for (const folder of folders) {
    const place = join(folder, name);
    const { visible, stat } = resolveInRoot(
      spec.rootfs,
      isAbsolute(place) ? place : join(spec.cwd, place),
      mounts.binds,
    );
    if (/^\/(dev|proc|sys)\//.test(visible)) return undefined;
    stats.push(stat);
  }
  if (stats.some((stat) => stat?.isFile() === true && (stat.mode & 0o111) !== 0)) return undefined;
  if (stats.every((stat) => stat === undefined)) return `executable file ${name} not found`;
  return `open executable: ${name} cannot be executed`;
}
