import type { BenchTarget } from '@graphdriver/bench';
import type { Capabilities, DriverModule } from '@graphdriver/core';
import { aufs } from '@graphdriver/driver-aufs';
import { btrfs } from '@graphdriver/driver-btrfs';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { vfs } from '@graphdriver/driver-vfs';
import { knownDeviations, zfs } from '@graphdriver/driver-zfs';

/** A driver, and how another process finds it. */
export interface DemoDriver {
  readonly module: DriverModule;
  readonly source: BenchTarget['source'];
  /** Checks of the suite that fail because of what the driver works on, and why. */
  readonly deviations?: (capabilities: Capabilities) => Readonly<Record<string, string>>;
}

/** The drivers that are shown, the one that is liked best first. */
export const DEMO_DRIVERS: readonly DemoDriver[] = [
  { module: overlay2, source: { specifier: import.meta.resolve('@graphdriver/driver-overlay2'), export: 'overlay2' } },
  { module: btrfs, source: { specifier: import.meta.resolve('@graphdriver/driver-btrfs'), export: 'btrfs' } },
  {
    module: zfs,
    source: { specifier: import.meta.resolve('@graphdriver/driver-zfs'), export: 'zfs' },
    deviations: knownDeviations,
  },
  { module: aufs, source: { specifier: import.meta.resolve('@graphdriver/driver-aufs'), export: 'aufs' } },
  { module: vfs, source: { specifier: import.meta.resolve('@graphdriver/driver-vfs'), export: 'vfs' } },
];
