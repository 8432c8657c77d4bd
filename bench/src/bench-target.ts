import type { DriverModule, DriverSettings, MountRoute, OpenOptions } from '@graphdriver/core';

/** Where a process finds a driver: a `file:` URL or package name, and the name of its export. */
export interface ModuleSource {
  readonly specifier: string;
  readonly export: string;
}

/** A driver to be measured, and where. */
export interface BenchTarget {
  /** Unique among the targets: the heading of its column, as in `overlay2 on xfs`. */
  readonly label: string;
  readonly source: ModuleSource;
  /** An existing directory on the file system to be measured. A folder is made in it, and removed at the end. */
  readonly directory: string;
  readonly mountWith?: MountRoute;
  /** The driver's own settings; its defaults unless given. */
  readonly settings?: DriverSettings;
  /** Holds containers with `get({ volatile: true })`. Drivers that cannot do so are skipped. */
  readonly volatile?: boolean;
}

/** Imports a driver. @throws {TypeError} where there is none of that name */
export async function loadDriver(source: ModuleSource): Promise<DriverModule> {
  const exports: Record<string, unknown> = await import(source.specifier);
  const found = exports[source.export];
  if (!isDriverModule(found))
    throw new TypeError(`${source.specifier} does not export a driver named ${source.export}.`);
  return found;
}

/** Options to open a driver's root as a target asks for it, without what it does not ask for. */
export function openOptions(root: string, target: Pick<BenchTarget, 'mountWith' | 'settings'>): OpenOptions {
  return {
    root,
    ...(target.mountWith === undefined ? {} : { mountWith: target.mountWith }),
    ...(target.settings === undefined ? {} : { settings: target.settings }),
  };
}

function isDriverModule(value: unknown): value is DriverModule {
  return typeof value === 'object' && value !== null && 'open' in value && 'probe' in value && 'name' in value;
}
