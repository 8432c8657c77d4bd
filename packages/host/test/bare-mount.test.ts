import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bareMount } from '../src/bare-mount.ts';
import { setFaultHandler } from '../src/fault-point.ts';
import { isMountPoint } from '../src/mountinfo.ts';
import { machineLock, scratch } from './scratch.ts';

let lock: Disposable;
beforeAll(async () => {
  lock = await machineLock();
}, 600_000);
afterAll(() => lock[Symbol.dispose]());
afterEach(() => setFaultHandler(undefined));

describe('bareMount', () => {
  test('mounts by the options as they stand, and unmounts', () => {
    using dir = scratch();
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(`${dir.path}/${name}`);
    writeFileSync(`${dir.path}/lower/file`, 'from below');
    const options = `lowerdir=${dir.path}/lower,upperdir=${dir.path}/upper,workdir=${dir.path}/work`;
    const bare = bareMount('overlay', `${dir.path}/merged`, options);
    bare.mount();
    expect(readFileSync(`${dir.path}/merged/file`, 'utf8')).toBe('from below');
    bare.unmount();
    expect(isMountPoint(`${dir.path}/merged`)).toBe(false);
  });

  test('fails with what the kernel says', () => {
    using dir = scratch();
    const bare = bareMount('tmpfs', `${dir.path}/missing`, '');
    expect(() => bare.mount()).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => bare.unmount()).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test('passes a fault point before each call', () => {
    using dir = scratch();
    const bare = bareMount('tmpfs', dir.path, '');
    const calls: string[] = [];
    setFaultHandler((call) => {
      calls.push(call);
      throw new Error('stopped');
    });
    expect(() => bare.mount()).toThrow('stopped');
    expect(() => bare.unmount()).toThrow('stopped');
    expect(calls).toEqual(['mount', 'umount']);
    expect(isMountPoint(dir.path)).toBe(false);
  });
});
