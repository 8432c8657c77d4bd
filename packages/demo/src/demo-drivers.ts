import type { BenchTarget } from '@graphdriver/bench';
import type { DriverModule } from '@graphdriver/core';
import { btrfs } from '@graphdriver/driver-btrfs';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { vfs } from '@graphdriver/driver-vfs';

/** A driver, and how another process finds it. */
export interface DemoDriver {
  readonly module: DriverModule;
  readonly source: BenchTarget['source'];
}

/** The drivers that are shown, the one that is liked best first. */
export const DEMO_DRIVERS: readonly DemoDriver[] = [
  { module: overlay2, source: { specifier: import.meta.resolve('@graphdriver/driver-overlay2'), export: 'overlay2' } },
  { module: btrfs, source: { specifier: import.meta.resolve('@graphdriver/driver-btrfs'), export: 'btrfs' } },
  { module: vfs, source: { specifier: import.meta.resolve('@graphdriver/driver-vfs'), export: 'vfs' } },
];
