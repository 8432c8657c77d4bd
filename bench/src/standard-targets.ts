import { canReflink } from '@graphdriver/host';
import type { BenchPlace } from './bench-places.ts';
import { type BenchTarget, loadDriver, openOptions } from './bench-target.ts';

/** A driver that is to be measured, and how. */
export type TargetDriver = Pick<BenchTarget, 'source' | 'mountWith' | 'settings' | 'volatile'>;

/**
 * Every driver in every place, without those that would only repeat another one.
 *
 * A driver that copies whole files also appears as `volatile` where copying costs something, which is where blocks are not shared.
 * A driver that copies everything is measured once where blocks are shared and once where they are not, because nothing else
 * makes a difference to it.
 */
export async function standardTargets(
  drivers: readonly TargetDriver[],
  places: readonly BenchPlace[],
): Promise<BenchTarget[]> {
  const targets: BenchTarget[] = [];
  for (const driver of drivers) {
    const module = await loadDriver(driver.source);
    const copied = new Set<boolean>();
    for (const place of places) {
      const reflinks = canReflink(place.directory);
      const { capabilities } = await module.probe(openOptions(`${place.directory}/graphdriver-bench-probe`, driver));
      if (capabilities?.copyOnWrite === 'none') {
        if (copied.has(reflinks)) continue;
        copied.add(reflinks);
      }
      targets.push(await targetIn(driver, place));
      if (
        driver.volatile !== true &&
        capabilities?.volatile === true &&
        capabilities.copyOnWrite === 'file' &&
        !reflinks
      )
        targets.push(await targetIn({ ...driver, volatile: true }, place));
    }
  }
  return targets;
}

/** A driver in a place, with its name, whether it is volatile, its settings and the place's name as its label. */
export async function targetIn(driver: TargetDriver, place: BenchPlace): Promise<BenchTarget> {
  const { name } = await loadDriver(driver.source);
  const settings = Object.entries(driver.settings ?? {}).map(([key, value]) => `${key}=${value}`);
  const words = [name, ...(driver.volatile === true ? ['volatile'] : []), ...settings, 'on', place.label];
  return { ...driver, label: words.join(' '), directory: place.directory };
}
