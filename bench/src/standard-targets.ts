import type { Capabilities, DriverModule } from '@graphdriver/core';
import { canReflink } from '@graphdriver/host';
import type { BenchPlace } from './bench-places.ts';
import { type BenchTarget, loadDriver, openOptions } from './bench-target.ts';

/** A driver that is to be measured, and how. */
export type TargetDriver = Pick<BenchTarget, 'source' | 'mountWith' | 'settings' | 'volatile'>;

/**
 * Every driver in every place where it works, without those that would only repeat another one.
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
    for (const { place, capabilities } of await whereItWorks(module, driver, places)) {
      const reflinks = canReflink(place.directory);
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

interface Footing {
  readonly place: BenchPlace;
  readonly capabilities: Capabilities | null;
}

/** The places where a driver works; all of them where it works nowhere, so that the result says why. */
async function whereItWorks(
  module: DriverModule,
  driver: TargetDriver,
  places: readonly BenchPlace[],
): Promise<readonly Footing[]> {
  const footings: Footing[] = [];
  for (const place of places) {
    const { capabilities } = await module.probe(openOptions(`${place.directory}/graphdriver-bench-probe`, driver));
    footings.push({ place, capabilities });
  }
  const firm = footings.filter(({ capabilities }) => capabilities !== null);
  return firm.length > 0 ? firm : footings;
}

/** A driver in a place, with its name, whether it is volatile, its settings and the place's name as its label. */
export async function targetIn(driver: TargetDriver, place: BenchPlace): Promise<BenchTarget> {
  const { name } = await loadDriver(driver.source);
  const settings = Object.entries(driver.settings ?? {}).map(([key, value]) => `${key}=${value}`);
  const words = [name, ...(driver.volatile === true ? ['volatile'] : []), ...settings, 'on', place.label];
  return { ...driver, label: words.join(' '), directory: place.directory };
}
