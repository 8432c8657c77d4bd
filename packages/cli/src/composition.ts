import type { Subject } from '@graphdriver/conformance';
import {
  type Driver,
  type DriverModule,
  type MountRoute,
  openOptions,
  REMOVED_DRIVERS,
  type SelectRequest,
  StorageError,
  selectDriver,
} from '@graphdriver/core';
import { type DriverSetting, settingsByDriver } from './driver-settings.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  /** Holds one directory per driver. An absolute path. */
  readonly root: string;
  readonly driver?: string;
  readonly mountWith?: MountRoute;
  readonly driverOpt: readonly DriverSetting[];
  readonly json?: boolean;
}

/** Where a driver's module can be imported from by another process. */
export interface DriverSource {
  readonly module: DriverModule;
  readonly source: { readonly specifier: string; readonly export: string };
  /** Checks of the suite, and cases from the manual pages, that fail because of what the driver works on, and why. */
  readonly deviations?: NonNullable<Subject['deviations']>;
}

/** All drivers that this program knows, the one liked best first. The only list of drivers in the project. */
export async function knownDrivers(): Promise<readonly DriverSource[]> {
  const [overlay2, btrfs, zfs, aufs, vfs] = await Promise.all([
    import('@graphdriver/driver-overlay2'),
    import('@graphdriver/driver-btrfs'),
    import('@graphdriver/driver-zfs'),
    import('@graphdriver/driver-aufs'),
    import('@graphdriver/driver-vfs'),
  ]);
  return [
    {
      module: overlay2.overlay2,
      source: { specifier: import.meta.resolve('@graphdriver/driver-overlay2'), export: 'overlay2' },
      deviations: overlay2.knownDeviations,
    },
    {
      module: btrfs.btrfs,
      source: { specifier: import.meta.resolve('@graphdriver/driver-btrfs'), export: 'btrfs' },
      deviations: btrfs.knownDeviations,
    },
    {
      module: zfs.zfs,
      source: { specifier: import.meta.resolve('@graphdriver/driver-zfs'), export: 'zfs' },
      deviations: zfs.knownDeviations,
    },
    { module: aufs.aufs, source: { specifier: import.meta.resolve('@graphdriver/driver-aufs'), export: 'aufs' } },
    {
      module: vfs.vfs,
      source: { specifier: import.meta.resolve('@graphdriver/driver-vfs'), export: 'vfs' },
      deviations: vfs.knownDeviations,
    },
  ];
}

/** The modules alone, for `selectDriver`. */
export async function knownModules(): Promise<readonly DriverModule[]> {
  return (await knownDrivers()).map(({ module }) => module);
}

/**
 * What the user asked for, as `selectDriver` wants it.
 *
 * @throws {TypeError} for settings that none of `modules` knows
 */
export function selectRequest(modules: readonly DriverModule[], options: GlobalOptions): SelectRequest {
  return {
    root: options.root,
    settings: settingsByDriver(modules, options.driverOpt),
    ...(options.driver === undefined ? {} : { driver: options.driver }),
    ...(options.mountWith === undefined ? {} : { mountWith: options.mountWith }),
  };
}

/** Chooses the driver for the root, opens it, and closes it again whatever `use` does. */
export async function withDriver<T>(
  options: GlobalOptions,
  use: (driver: Driver, module: DriverModule) => Promise<T>,
): Promise<T> {
  const modules = await knownModules();
  const request = selectRequest(modules, options);
  const { driver: module } = await selectDriver(modules, request);
  await using driver = await module.open(openOptions(module, request));
  return await use(driver, module);
}

/** The known driver of this name. @throws {StorageError} `UNSUPPORTED` */
export async function driverNamed(name: string): Promise<DriverSource> {
  const drivers = await knownDrivers();
  const found = drivers.find(({ module }) => module.name === name);
  if (found !== undefined) return found;
  const names = drivers.map(({ module }) => module.name).join(', ');
  const removed = Object.hasOwn(REMOVED_DRIVERS, name) ? REMOVED_DRIVERS[name] : undefined;
  throw new StorageError('UNSUPPORTED', `There is no driver ${name}.`, {
    hint: removed ?? `Choose one of ${names}, or give the path of a module that exports one.`,
  });
}
