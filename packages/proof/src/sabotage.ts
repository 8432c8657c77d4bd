import type { Capabilities, Driver, DriverModule, OpenOptions } from '@graphdriver/core';

/** What a saboteur does otherwise than the driver it is made of. */
export interface Sabotage {
  /** Methods that replace the driver's own, given the driver. */
  readonly methods?: (driver: Driver, options: OpenOptions) => Partial<Driver>;
  /** Promises that it makes, or does not make, whatever is true. */
  readonly capabilities?: Partial<Capabilities>;
  /** Runs instead of the driver's own `open`, which it is given. */
  readonly opening?: (options: OpenOptions, open: () => Promise<Driver>) => Promise<Driver>;
}

/** Makes a driver module that is `module` but for one defect. */
export function sabotage(module: DriverModule, defects: Sabotage): DriverModule {
  const { methods, capabilities = {}, opening = (_, open) => open() } = defects;
  return {
    name: module.name,
    summary: module.summary,
    probe: async (options) => {
      const report = await module.probe(options);
      if (report.capabilities === null) return report;
      return { ...report, capabilities: { ...report.capabilities, ...capabilities } };
    },
    open: async (options) => {
      const driver = await opening(options, () => module.open(options));
      const promises = { capabilities: { ...driver.capabilities, ...capabilities } };
      return overridden(driver, { ...promises, ...methods?.(driver, options) });
    },
  };
}

/** `whole` with some of its members replaced. All other methods run on `whole` itself, so that its private state stays its own. */
export function overridden<T extends object>(whole: T, members: Partial<T>): T {
  // A proxy of what is frozen must not show other members than it has.
  return new Proxy(Object.isFrozen(whole) ? { ...whole } : whole, {
    get: (_target, key) => {
      if (Object.hasOwn(members, key)) return Reflect.get(members, key);
      const member: unknown = Reflect.get(whole, key, whole);
      return typeof member === 'function' ? member.bind(whole) : member;
    },
  });
}
