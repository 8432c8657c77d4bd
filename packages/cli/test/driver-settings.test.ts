import type { DriverModule } from '@graphdriver/core';
import { describe, expect, it } from 'vitest';
import { addSettings, settingsByDriver } from '../src/driver-settings.ts';
import { runProgram } from './command-line.ts';

const modules = [
  { name: 'one', settings: [{ key: 'depth.max', values: null, summary: 'How deep.' }] },
  { name: 'two', settings: [{ key: 'mode', values: ['slow', 'fast'], summary: 'How.' }] },
] as unknown as readonly DriverModule[]; // Nothing else of them is looked at.

describe('settings of drivers', () => {
  it('go by driver, and the last one of a key counts', () => {
    const settings = addSettings('two.mode=fast', addSettings('one.depth.max=a=b, two.mode=slow', []));
    expect(settingsByDriver(modules, settings)).toEqual({ one: { 'depth.max': 'a=b' }, two: { mode: 'fast' } });
  });

  it('are refused for a driver that is not known, a key that it does not have and a value that it does not take', () => {
    for (const text of ['three.mode=fast', 'two.speed=1', 'two.mode=medium'])
      expect(() => settingsByDriver(modules, addSettings(text, [])), text).toThrow(TypeError);
  });

  it('end the program with 2 where they are malformed or unknown, from the command line and the environment', async () => {
    for (const text of ['redirect_dir=on', 'overlay2.redirect_dir', 'overlay2.no_such_setting=on', 'aufs.size=1', '']) {
      expect((await runProgram(['--driver-opt', text, 'drivers'])).code, text).toBe(2);
    }
    const env = { GRAPHDRIVER_DRIVER_OPTS: 'vfs.no_such_setting=1' };
    expect((await runProgram(['drivers'], undefined, env)).code).toBe(2);
    expect((await runProgram(['conformance', 'vfs', '--only', 'ids'], undefined, env)).code).toBe(2);
  });

  it('are listed by drivers --settings', async () => {
    const { stdout } = await runProgram(['--json', 'drivers', '--settings']);
    const { settings } = JSON.parse(stdout) as { settings: { driver: string; key: string }[] }; // What the schema says.
    const { stdout: table } = await runProgram(['drivers', '--settings']);
    for (const { driver, key } of settings) expect(table).toContain(`${driver}.${key}`);
  });
});
