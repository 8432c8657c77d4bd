import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMounter } from '../src/mount.ts';
import { mountByDescriptors, mountNow } from '../src/mount-classic.ts';
import { mountWithContext } from '../src/mount-context.ts';
import { MOUNT_DATA_LIMIT, mountData } from '../src/mount-options.ts';
import type { MountOption, MountRequest } from '../src/mount-request.ts';
import { mountsUnder } from '../src/mountinfo.ts';
import { shortPaths } from '../src/short-paths.ts';
import { machineLock, scratch } from './scratch.ts';

/** As many as the kernel's overlay stacks. */
const MOST = 500;

let lock: Disposable;
let stack: Disposable & { readonly path: string };

// One layer more than there may be. They are read only: what is mounted is each test's own.
beforeAll(async () => {
  lock = await machineLock();
  stack = scratch();
  mkdirSync(join(stack.path, 'l'));
  for (let index = 0; index <= MOST; index += 1) {
    mkdirSync(pathOf(index), { recursive: true });
    writeFileSync(join(pathOf(index), `${index}`), '');
    writeFileSync(join(pathOf(index), 'same'), `${index}`);
    symlinkSync(pathOf(index), join(stack.path, 'l', shortName(index)));
  }
}, 600_000);

afterAll(() => {
  stack?.[Symbol.dispose]();
  lock[Symbol.dispose]();
});

/** So long that 500 of them fill ten pages. */
function pathOf(index: number): string {
  return join(stack.path, `${index}`.padStart(64, 'x'), 'diff');
}

/** Four letters, as the names in `l/` of overlay2's root. */
function shortName(index: number): string {
  const digits = index.toString(26).padStart(4, '0');
  return digits.replace(/./g, (digit) => String.fromCharCode(65 + Number.parseInt(digit, 26)));
}

/** An overlay of so many layers, the first one on top, with directories of its own in `own`. */
function overlayOf(
  count: number,
  own: string,
  kind: 'writable' | 'read-only',
): MountRequest & { readonly target: string } {
  for (const name of ['target', 'upper', 'work']) mkdirSync(join(own, name));
  const layers = Array.from({ length: count }, (_, index): MountOption => ['lowerdir', pathOf(index)]);
  const upper: readonly MountOption[] = [
    ['upperdir', join(own, 'upper')],
    ['workdir', join(own, 'work')],
  ];
  const options = kind === 'writable' ? [...layers, ...upper] : layers;
  return { type: 'overlay', source: 'overlay', target: join(own, 'target'), options };
}

/** Every way in which so many layers get into a kernel, each called by itself: which one `createMounter` takes is the kernel's choice. */
const ROUTES: Readonly<Record<string, (request: MountRequest) => void>> = {
  'mount(2) with short names in one page, from the directory that has them': (request) => {
    const short = (request.options ?? []).map(([key, value], index): MountOption => {
      return key === 'lowerdir' ? [key, `l/${shortName(index)}`] : value === undefined ? [key] : [key, value];
    });
    const data = mountData('overlay', short);
    expect(data?.length).toBeLessThanOrEqual(MOUNT_DATA_LIMIT);
    const before = process.cwd();
    process.chdir(stack.path);
    try {
      mountNow(request, data ?? Buffer.alloc(0));
    } finally {
      process.chdir(before);
    }
  },
  'fsconfig(2) with one lowerdir+ per layer': (request) => mountWithContext(request),
  'mount(2) with descriptors': (request) => mountByDescriptors(request),
  'the mount command with descriptors': (request) => {
    using short = shortPaths(request.options ?? []);
    const data = mountData('overlay', short.options)?.toString() ?? '';
    execFileSync('mount', ['-n', '-t', 'overlay', '-o', data, 'overlay', String(request.target)], {
      cwd: short.directory,
      env: { ...process.env, LIBMOUNT_FORCE_MOUNT2: 'always' },
      stdio: 'pipe',
    });
  },
};

describe.each(Object.entries(ROUTES))('%s', (_name, mount) => {
  test.each(['writable', 'read-only'] as const)(`mounts ${MOST} layers %s, the top one first`, (kind) => {
    using dir = scratch();
    const request = overlayOf(MOST, dir.path, kind);
    const before = readdirSync('/proc/self/fd').length;
    mount(request);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    expect(readdirSync(request.target)).toHaveLength(MOST + 1);
    expect(readFileSync(join(request.target, 'same'), 'utf8')).toBe('0');
    const write = (): void => writeFileSync(join(request.target, 'new'), '');
    if (kind === 'writable') write();
    else expect(write).toThrow(expect.objectContaining({ code: 'EROFS' }));
    expect(readdirSync(join(dir.path, 'upper'))).toEqual(kind === 'writable' ? ['new'] : []);
  });

  test('mounts no layer more than the kernel stacks, and leaves nothing', () => {
    using dir = scratch();
    const request = overlayOf(MOST + 1, dir.path, 'read-only');
    const before = readdirSync('/proc/self/fd').length;
    expect(() => mount(request)).toThrow();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    expect(mountsUnder(dir.path)).toEqual([]);
  });
});

describe.each(['syscall', 'command'] as const)('the %s route', (route) => {
  test(`refuses ${MOST + 1} layers with a storage error`, async () => {
    using dir = scratch();
    const request = overlayOf(MOST + 1, dir.path, 'read-only');
    await expect(createMounter(route).mount(request)).rejects.toMatchObject({ name: 'StorageError' });
    expect(mountsUnder(dir.path)).toEqual([]);
  });
});

describe('a process that may open 256 files', () => {
  /** Mounts in such a process, and returns what the error says, or `mounted`, and how many more files are open than before. */
  function mountInNarrow(request: MountRequest, how: string): string {
    const url = (file: string): string => JSON.stringify(new URL(`../dist/${file}`, import.meta.url).href);
    const source = `
      import { readdirSync } from 'node:fs';
      import { createMounter } from ${url('index.js')};
      import { mountByDescriptors } from ${url('mount-classic.js')};
      const request = ${JSON.stringify(request)};
      const before = readdirSync('/proc/self/fd').length;
      let ending = 'mounted';
      try {
        ${how}
      } catch ({ name, code, hint }) {
        ending = [name, code, hint === undefined ? 'without a hint' : 'with a hint'].join(', ');
      }
      console.log(ending, readdirSync('/proc/self/fd').length - before);
    `;
    const node = `ulimit -n 256; exec ${process.execPath} --input-type=module`;
    return spawnSync('sh', ['-c', node], { input: source, encoding: 'utf8' }).stdout.trim();
  }

  test(`mounts ${MOST} layers by system calls, on a kernel that takes them one by one`, () => {
    using dir = scratch();
    const request = overlayOf(MOST, dir.path, 'read-only');
    expect(mountInNarrow(request, `await createMounter('syscall').mount(request);`)).toBe('mounted 0');
    expect(readdirSync(request.target)).toHaveLength(MOST + 1);
  });

  test('gets a storage error from the command route, and no file stays open', () => {
    using dir = scratch();
    const request = overlayOf(MOST, dir.path, 'read-only');
    const ending = mountInNarrow(request, `await createMounter('command').mount(request);`);
    expect(ending).toBe('StorageError, SYSTEM_CALL_FAILED, with a hint 0');
    expect(mountsUnder(dir.path)).toEqual([]);
  });

  test('is told so by descriptors, too, of which none stays open', () => {
    using dir = scratch();
    const request = overlayOf(MOST, dir.path, 'read-only');
    expect(mountInNarrow(request, 'mountByDescriptors(request);')).toBe('Error, EMFILE, without a hint 0');
    expect(mountsUnder(dir.path)).toEqual([]);
  });

  test('mounts 200 layers by descriptors', () => {
    using dir = scratch();
    const request = overlayOf(200, dir.path, 'read-only');
    expect(mountInNarrow(request, 'mountByDescriptors(request);')).toBe('mounted 0');
    expect(readdirSync(request.target)).toHaveLength(201);
  });
});
