import { lstatSync, readdirSync } from 'node:fs';
import { setTimes } from '@graphdriver/host';
import { bytePath } from './byte-path.ts';

/** Stands for "when the lower layers were made". */
export const LONG_AGO = 981_173_106_123_456_789n;

/** Stands for "when the layer was made that is looked at". */
export const LATER = 1_112_137_448_987_654_321n;

const RECENTLY = 1_577_836_800_000_000_000n;

/**
 * Gives everything under `root` that has a time of these days the time `settled` instead.
 *
 * The same change made in a layer and in a plain directory then has the same times, and nothing else is touched,
 * so that no file is copied up only by being looked at. The root's own time is left alone.
 */
export function settleTimes(root: string, settled: bigint): void {
  const directories = [''];
  const recent: string[] = [];
  for (let path = directories.pop(); path !== undefined; path = directories.pop()) {
    for (const name of readdirSync(bytePath(root, path), 'latin1')) {
      const inside = path === '' ? name : `${path}/${name}`;
      const stats = lstatSync(bytePath(root, inside), { bigint: true });
      if (stats.isDirectory()) directories.push(inside);
      if (stats.mtimeNs > RECENTLY) recent.push(inside);
    }
  }
  for (const path of recent) setTimes(bytePath(root, path), { mtime: settled });
}

/** `time` as a driver with this `granularity` can keep it. */
export function keepable(time: bigint, granularity: number): bigint {
  return time - (time % BigInt(granularity));
}
