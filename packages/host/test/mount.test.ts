import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faultHandler, setFaultHandler } from '../src/fault-point.ts';
import { createMounter } from '../src/mount.ts';
import { mountByDescriptors } from '../src/mount-classic.ts';
import { bindInSteps } from '../src/mount-clone.ts';
import { mountWithContext } from '../src/mount-context.ts';
import type { Mounter, MountOption, MountRequest } from '../src/mount-request.ts';
import { isMountPoint, mountAt, mountsUnder } from '../src/mountinfo.ts';
import { shortPaths } from '../src/short-paths.ts';
import { machineLock, scratch } from './scratch.ts';

let lock: Disposable;
beforeAll(async () => {
  lock = await machineLock();
}, 600_000);
afterAll(() => lock[Symbol.dispose]());
afterEach(() => setFaultHandler(undefined));

/** Directories for an overlay of two layers under a name of any bytes. */
function layers(
  top: string,
  name: Buffer | string,
): { readonly request: MountRequest; readonly target: Buffer; at(name: string): Buffer } {
  const base = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(name)]);
  const at = (part: string): Buffer => Buffer.concat([base, Buffer.from(part)]);
  for (const part of ['/top', '/bottom', '/up', '/work', '/target', '/bind']) mkdirSync(at(part), { recursive: true });
  writeFileSync(at('/top/file'), 'top');
  writeFileSync(at('/bottom/file'), 'bottom');
  writeFileSync(at('/bottom/below'), 'below');
  const options: readonly MountOption[] = [
    ['lowerdir', at('/top')],
    ['lowerdir', at('/bottom')],
    ['upperdir', at('/up')],
    ['workdir', at('/work')],
  ];
  return { request: { type: 'overlay', source: 'overlay', target: at('/target'), options }, target: at('/target'), at };
}

function expectOverlay(place: ReturnType<typeof layers>): void {
  expect(readdirSync(place.target).sort()).toEqual(['below', 'file']);
  expect(readFileSync(place.at('/target/file'), 'utf8')).toBe('top');
  writeFileSync(place.at('/target/new'), 'new');
  expect(readFileSync(place.at('/up/new'), 'utf8')).toBe('new');
}

const ODD_NAMES = [
  'plain',
  'a,b',
  'c:d',
  'e\\f',
  'ends\\',
  'ends\\\\',
  'x\\,y',
  'two words',
  'new\nline',
  'tab\t',
  'qu"ote',
  "it's",
  '#$;*',
  'ünï',
  '-o',
];

for (const route of ['syscall', 'command'] as const) {
  describe(`the ${route} route`, () => {
    const mounter = createMounter(route);

    test('says which one it is', () => {
      expect(mounter.route).toBe(route);
    });

    test.each(ODD_NAMES)('mounts, binds and unmounts an overlay whose paths hold %j', async (name) => {
      using dir = scratch();
      const place = layers(dir.path, name);
      await mounter.mount(place.request);
      expectOverlay(place);
      await mounter.bind(place.target, place.at('/bind'));
      expect(isMountPoint(place.at('/bind'))).toBe(true);
      await mounter.unmount(place.at('/bind'));
      await mounter.unmount(place.target);
      expect(mountsUnder(dir.path)).toEqual([]);
    });

    test('takes layer paths that end in a backslash or are very long', async () => {
      using dir = scratch();
      const place = layers(dir.path, 'place');
      const parts = ['/odd\\', `/${'l'.repeat(200)}/${'m'.repeat(200)},`, '/up\\', '/work\\'].map((part) =>
        place.at(part),
      );
      for (const part of parts) mkdirSync(part, { recursive: true });
      const [odd, long, up, work] = parts as [Buffer, Buffer, Buffer, Buffer]; // Four were made.
      writeFileSync(Buffer.concat([odd, Buffer.from('/odd')]), '');
      writeFileSync(Buffer.concat([long, Buffer.from('/long')]), '');
      const options: readonly MountOption[] = [
        ['lowerdir', odd],
        ['lowerdir', long],
        ['upperdir', up],
        ['workdir', work],
      ];
      await mounter.mount({ ...place.request, options });
      expect(readdirSync(place.target).sort()).toEqual(['long', 'odd']);
      await mounter.unmount(place.target);
    });

    test('mounts 500 layers whose paths fill many pages, the top one first', async () => {
      using dir = scratch();
      const options = manyLayers(dir.path, 500);
      await mounter.mount({ type: 'overlay', source: 'overlay', target: `${dir.path}/target`, options });
      expect(readdirSync(`${dir.path}/target`)).toHaveLength(501);
      expect(readFileSync(`${dir.path}/target/same`, 'utf8')).toBe('0');
      await mounter.unmount(`${dir.path}/target`);
      expect(readdirSync(dir.path)).toHaveLength(501);
    });

    test('gives mounts and binds their flags', async () => {
      using dir = scratch();
      mkdirSync(`${dir.path}/tmp`);
      mkdirSync(`${dir.path}/bind`);
      await mounter.mount({
        type: 'tmpfs',
        source: 'none',
        target: `${dir.path}/tmp`,
        flags: ['nosuid', 'nodev'],
        options: [
          ['size', '1M'],
          ['mode', '0711'],
        ],
      });
      expect(mountAt(`${dir.path}/tmp`)?.options).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev']));
      expect(statfsSync(`${dir.path}/tmp`).blocks * statfsSync(`${dir.path}/tmp`).bsize).toBe(1 << 20);
      await mounter.bind(`${dir.path}/tmp`, `${dir.path}/bind`, ['ro', 'noexec']);
      // What the source's mount forbids stays forbidden.
      expect(mountAt(`${dir.path}/bind`)?.options).toEqual(expect.arrayContaining(['ro', 'noexec', 'nosuid', 'nodev']));
      expect(mountAt(`${dir.path}/bind`)?.propagation).toEqual([]);
      expect(() => writeFileSync(`${dir.path}/bind/file`, '')).toThrow(expect.objectContaining({ code: 'EROFS' }));
      writeFileSync(`${dir.path}/tmp/file`, '');
      expect(readdirSync(`${dir.path}/bind`)).toEqual(['file']);
    });

    test('mounts read-only', async () => {
      using dir = scratch();
      const place = layers(dir.path, 'place');
      await mounter.mount({ ...place.request, flags: ['ro'] });
      expect(() => writeFileSync(place.at('/target/new'), '')).toThrow(expect.objectContaining({ code: 'EROFS' }));
    });

    test('leaves a bind of a shared mount private', async () => {
      using dir = scratch();
      for (const name of ['shared', 'bind']) mkdirSync(`${dir.path}/${name}`);
      execFileSync('mount', ['-t', 'tmpfs', '--make-shared', 'none', `${dir.path}/shared`]);
      expect(mountAt(`${dir.path}/shared`)?.propagation).toEqual([expect.stringContaining('shared')]);
      await mounter.bind(`${dir.path}/shared`, `${dir.path}/bind`);
      expect(mountAt(`${dir.path}/bind`)?.propagation).toEqual([]);
    });

    test('unmounting what is not mounted or not there is no error', async () => {
      using dir = scratch();
      await mounter.unmount(dir.path);
      await mounter.unmount(`${dir.path}/none`);
      writeFileSync(`${dir.path}/file`, '');
      await mounter.unmount(`${dir.path}/file/below`);
    });

    test('a mount in use stays and fails with LAYER_IN_USE, and is detached on demand', async () => {
      using dir = scratch();
      const place = layers(dir.path, 'place');
      await mounter.mount(place.request);
      const fd = openSync(place.at('/target/file'), 'r');
      await expect(mounter.unmount(place.target)).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
      expect(isMountPoint(place.target)).toBe(true);
      await mounter.unmount(place.target, { detach: true });
      expect(isMountPoint(place.target)).toBe(false);
      expect(readFileSync(fd, 'utf8')).toBe('top');
      closeSync(fd);
    });

    test('a mount that fails says so and leaves nothing', async () => {
      using dir = scratch();
      const place = layers(dir.path, 'place');
      const options: readonly MountOption[] = [
        ['lowerdir', place.at('/none')],
        ['lowerdir', place.at('/top')],
      ];
      await expect(mounter.mount({ ...place.request, options })).rejects.toMatchObject({ name: 'StorageError' });
      await expect(mounter.mount({ ...place.request, type: 'nosuchfs' })).rejects.toMatchObject({
        name: 'StorageError',
      });
      await expect(mounter.mount({ ...place.request, signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      await expect(mounter.bind(place.at('/none'), place.target)).rejects.toMatchObject({ name: 'StorageError' });
      expect(mountsUnder(dir.path)).toEqual([]);
    });

    test('a fault at any point of a bind leaves nothing mounted', async () => {
      using dir = scratch();
      const place = layers(dir.path, 'place');
      const counter = faultHandler(undefined);
      setFaultHandler(counter);
      await mounter.bind(place.at('/top'), place.at('/bind'), ['ro']);
      const points = counter.passed();
      await mounter.unmount(place.at('/bind'));
      for (let point = 1; point <= points; point += 1) {
        setFaultHandler(faultHandler({ call: '*', count: point, effect: 'EIO' }));
        await expect(mounter.bind(place.at('/top'), place.at('/bind'), ['ro'])).rejects.toThrow();
        expect(mountsUnder(dir.path)).toEqual([]);
      }
    });

    test('unmount takes the uppermost of several mounts', async () => {
      using dir = scratch();
      for (const source of ['one', 'two']) await mounter.mount({ type: 'tmpfs', source, target: dir.path });
      await mounter.unmount(dir.path);
      expect(mountAt(dir.path)?.source).toBe('one');
      await mounter.unmount(dir.path);
    });
  });
}

function manyLayers(top: string, count: number): MountOption[] {
  mkdirSync(`${top}/target`);
  return Array.from({ length: count }, (_, index): MountOption => {
    const path = `${top}/a-layer-with-quite-a-long-name-${index}/diff`;
    mkdirSync(path, { recursive: true });
    writeFileSync(`${path}/${index}`, '');
    writeFileSync(`${path}/same`, `${index}`);
    return ['lowerdir', path];
  });
}

const RAW = Buffer.from([0xff, 0x2c, 0x0a, 0xfe]);

test('the syscall route takes paths of any bytes', async () => {
  using dir = scratch();
  const place = layers(dir.path, RAW);
  const mounter = createMounter('syscall');
  await mounter.mount(place.request);
  expectOverlay(place);
  await mounter.bind(place.target, place.at('/bind'), ['ro']);
  expect(isMountPoint(place.at('/bind'))).toBe(true);
  expect(mountsUnder(place.at('/bind'))).toHaveLength(1);
  await mounter.unmount(place.at('/bind'));
  await mounter.unmount(place.target);
  expect(mountsUnder(dir.path)).toEqual([]);
});

test('the command route refuses a target or source that is no UTF-8 with UNSUPPORTED', async () => {
  using dir = scratch();
  const place = layers(dir.path, RAW);
  const mounter: Mounter = createMounter('command');
  await expect(mounter.mount(place.request)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(mounter.bind(place.target, dir.path)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(mounter.bind(dir.path, place.target)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(mounter.unmount(place.target)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  expect(mountsUnder(dir.path)).toEqual([]);
});

test('a kernel without the file system is a missing prerequisite', async () => {
  using dir = scratch();
  const request: MountRequest = { type: 'nosuchfs', source: 'none', target: dir.path };
  await expect(createMounter('syscall').mount(request)).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING' });
});

test('auto is the syscall route where system calls can be made', () => {
  expect(createMounter().route).toBe('syscall');
  expect(createMounter('auto').route).toBe('syscall');
});

test('a mount context takes any bytes and commas too, and repeats what the kernel said', () => {
  using dir = scratch();
  const place = layers(dir.path, RAW);
  mountWithContext(place.request);
  expectOverlay(place);
  expect(() => mountWithContext({ ...place.request, options: [['nosuchoption', 'x']] })).toThrow(/nosuchoption/);
});

test('on an older kernel a bind is made in steps, with the same result', () => {
  using dir = scratch();
  const place = layers(dir.path, 'place');
  bindInSteps(place.at('/top'), place.at('/bind'), ['nosuid', 'ro']);
  expect(mountAt(place.at('/bind'))).toMatchObject({
    propagation: [],
    options: expect.arrayContaining(['ro', 'nosuid']),
  });
  expect(() => bindInSteps(place.at('/none'), place.target, [])).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test('directories by descriptor are short, mount by mount(8), and leave no descriptor open', () => {
  using dir = scratch();
  const options = manyLayers(dir.path, 400);
  const before = readdirSync('/proc/self/fd').length;
  {
    using short = shortPaths(options);
    const data = `lowerdir=${short.options.map(([, value]) => value).join(':')}`;
    expect(data.length).toBeLessThan(2000);
    execFileSync('mount', ['-t', 'overlay', '-o', data, 'overlay', `${dir.path}/target`], { cwd: short.directory });
  }
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  expect(readdirSync(`${dir.path}/target`)).toHaveLength(401);
  expect(() =>
    shortPaths([
      ['lowerdir', dir.path],
      ['lowerdir', `${dir.path}/none`],
    ]),
  ).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

test('on an older kernel 500 layers fit mount(2) by their descriptors, whatever bytes their paths hold, and the directory stays', () => {
  using dir = scratch();
  const place = layers(dir.path, RAW);
  const options = [...manyLayers(dir.path, 499), ['lowerdir', place.at('/top')] as const];
  const before = process.cwd();
  mountByDescriptors({ type: 'overlay', source: 'overlay', target: place.target, options });
  expect(readdirSync(place.target)).toHaveLength(501);
  expect(process.cwd()).toBe(before);
  expect(() => mountByDescriptors({ ...place.request, type: 'nosuchfs' })).toThrow(
    expect.objectContaining({ code: 'ENODEV' }),
  );
  expect(process.cwd()).toBe(before);
});
