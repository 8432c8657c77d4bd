import type { DriverModule, MountRoute, OpenOptions } from '@graphdriver/core';

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
}

/** Imports a driver. @throws {TypeError} where there is none of that name */
export async function loadDriver(source: ModuleSource): Promise<DriverModule> {
  const exports: Record<string, unknown> = await import(source.specifier);
  const found = exports[source.export];
  if (!isDriverModule(found))
    throw new TypeError(`${source.specifier} does not export a driver named ${source.export}.`);
  return found;
}

/** Options to open a driver's root, without a mount route that was not asked for. */
export function openOptions(root: string, mountWith: MountRoute | undefined): OpenOptions {
  return mountWith === undefined ? { root } : { root, mountWith };
}

function isDriverModule(value: unknown): value is DriverModule {
  return typeof value === 'object' && value !== null && 'open' in value && 'probe' in value && 'name' in value;
}
