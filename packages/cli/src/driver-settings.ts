import { checkSettings, type DriverModule, type DriverSettings } from '@graphdriver/core';
import { InvalidArgumentError } from 'commander';

/** One `--driver-opt`. */
export interface DriverSetting {
  readonly driver: string;
  readonly key: string;
  readonly value: string;
}

const FORM = /^([^.=]+)\.([^=]+)=(.*)$/s;

/** Reads one or more settings, with commas between them, and adds them to those before. */
export function addSettings(text: string, before: readonly DriverSetting[]): readonly DriverSetting[] {
  const added = text.split(',').map((part) => {
    const [, driver, key, value] = FORM.exec(part.trim()) ?? [];
    if (driver === undefined || key === undefined || value === undefined)
      throw new InvalidArgumentError('It is driver.key=value, as in overlay2.redirect_dir=on.');
    return { driver, key, value };
  });
  return [...before, ...added];
}

/**
 * The settings of each driver that has any, the last one of a key counting.
 *
 * @throws {TypeError} for a driver that is not among `modules`, and for settings that it does not know
 */
export function settingsByDriver(
  modules: readonly DriverModule[],
  settings: readonly DriverSetting[],
): Readonly<Record<string, DriverSettings>> {
  const found: Record<string, Record<string, string>> = {};
  for (const { driver, key, value } of settings) found[driver] = { ...found[driver], [key]: value };
  for (const [name, given] of Object.entries(found)) {
    const module = modules.find((candidate) => candidate.name === name);
    if (module === undefined)
      throw new TypeError(`--driver-opt ${name}.…: the drivers are ${modules.map((known) => known.name).join(', ')}.`);
    checkSettings(given, module.settings ?? [], name);
  }
  return found;
}
