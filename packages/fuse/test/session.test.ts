import { closeSync, openSync, writeFileSync } from 'node:fs';
import { open, readFile, readlink, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  FuseDevice,
  kernelAtLeast,
  mountFuse,
  run,
  type StartedProcess,
  startProcess,
  unmountFuse,
} from '@graphdriver/host';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { errno } from '../src/errno.ts';
import { inProcess } from './in-process.ts';
import { MemoryFileSystem } from './memory-file-system.mjs';
import { memoryMount } from './memory-mount.ts';
import { attributes, namesOnly } from './names-only.mjs';

const reason = requireOrSkip('fuse', privilegeReason());
const tooOld = kernelAtLeast(6, 9) ? null : 'Passthrough and resending need Linux 6.9.';

describe.skipIf(reason !== null)('notifications', () => {
  it('the kernel believes a name and its attributes until it is told otherwise', async () => {
    await using process = await inProcess();
    const names = ['old'];
    const mount = await process.mount(namesOnly(names, 3600));
    const { notify } = mount.session;
    expect((await stat(`${mount.path}/old`)).size).toBe(3);
    await expect(stat(`${mount.path}/new`)).rejects.toMatchObject({ code: 'ENOENT' });
    names[0] = 'older';
    names[1] = 'new';
    expect((await stat(`${mount.path}/old`)).size).toBe(3);
    await expect(stat(`${mount.path}/new`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(notify.inode(2)).toBe(true);
    expect((await stat(`${mount.path}/old`)).size).toBe(5);
    expect([notify.entry(1, 'old'), notify.entry(1, 'new', { expire: true })]).toEqual([true, true]);
    await expect(stat(`${mount.path}/old`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await stat(`${mount.path}/new`)).ino).toBe(3);
    expect([notify.inode(77), notify.entry(1, 'never'), notify.remove(1, 3, 'new')]).toEqual([false, false, true]);
  });

  it.skipIf(!kernelAtLeast(6, 18))(
    'nodes that nobody uses are forgotten when asked for, and what is open stays',
    async () => {
      await using process = await inProcess();
      const forgotten: number[] = [];
      const mount = await process.mount({
        ...namesOnly(['idle', 'open', 'unasked'], 3600),
        forget: (node) => void forgotten.push(node),
      });
      for (const name of ['idle', 'unasked']) await stat(`${mount.path}/${name}`);
      const held = await open(`${mount.path}/open`);
      expect(await mount.session.notify.prune([2, 3, 77])).toBe(true);
      await expect.poll(() => forgotten).toEqual([2]);
      expect(await held.readFile('utf8')).toBe('open');
      await held.close();
      expect((await stat(`${mount.path}/idle`)).size).toBe(4);
      await mount.unmount();
      expect(await mount.session.notify.prune([2])).toBe(false);
    },
  );

  it('data is put into the page cache, and read from there', async () => {
    await using process = await inProcess();
    let reads = 0;
    const mount = await process.mount({
      ...namesOnly(['four'], 3600),
      open: () => ({ handle: 1, keepCache: true }),
      read: () => {
        reads += 1;
        return Buffer.from('four');
      },
    });
    expect((await stat(`${mount.path}/four`)).size).toBe(4);
    expect(mount.session.notify.store(2, 0, Buffer.from('FOUR'))).toBe(true);
    expect(await readFile(`${mount.path}/four`, 'utf8')).toBe('FOUR');
    expect(reads).toBe(0);
    mount.session.notify.inode(2);
    expect(await readFile(`${mount.path}/four`, 'utf8')).toBe('four');
  });
});

describe.skipIf(reason !== null)('features', () => {
  it.skipIf(tooOld !== null)('a file that was handed to the kernel is read and written without us', async () => {
    await using process = await inProcess();
    const backing = join(process.directory(), 'backing');
    writeFileSync(backing, 'from the backing file');
    const open_ = new Map<number, number>();
    const plain = namesOnly(['file']);
    const mount = await process.mount(
      {
        ...plain,
        getattr: (node) => ({ attributes: attributes(node, node === 1 ? 0o40755 : 0o100644, 21), attributeTimeout: 0 }),
        open: (_node, { flags }) => {
          const fd = openSync(backing, flags & 3);
          const backingId = mount.session.openBacking(fd);
          closeSync(fd);
          open_.set(backingId, backingId);
          return { handle: backingId, backingId, keepCache: true };
        },
        release: (_node, { handle }) => mount.session.closeBacking(handle),
      },
      { features: { passthrough: 1 } },
    );
    expect(mount.session.passthrough).toBe(true);
    expect(await readFile(`${mount.path}/file`, 'utf8')).toContain('from the');
    const file = await open(`${mount.path}/file`, 'r+');
    await file.write('FROM', 0);
    await file.close();
    expect(await readFile(backing, 'utf8')).toBe('FROM the backing file');
    const counters = mount.counters();
    expect([counters['READ'], counters['WRITE'], counters['OPEN']?.count]).toEqual([undefined, undefined, 2]);
    expect(() => mount.session.openBacking(9999)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('without passthrough asked for, a session has none', async () => {
    await using process = await inProcess();
    const mount = await process.mount(namesOnly([]));
    expect(mount.session.passthrough).toBe(false);
  });

  it('listings bring attributes only where that was asked for', async () => {
    for (const [readdirplus, expected] of [
      ['always', ['READDIRPLUS']],
      ['never', ['READDIR']],
    ] as const) {
      await using mount = await memoryMount({ features: { readdirplus }, timeout: 3600 });
      for (const name of ['a', 'b', 'c']) writeFileSync(join(mount.path, name), name);
      await run('ls', ['-l', mount.path]);
      expect(Object.keys(await mount.counters()).filter((name) => name.startsWith('READDIR'))).toEqual(expected);
    }
  });

  it('links are remembered, unless that is switched off', async () => {
    for (const [cacheSymlinks, asked] of [
      [true, 1],
      [false, 3],
    ] as const) {
      await using process = await inProcess();
      const link = { node: 2, attributes: attributes(2, 0o120777, 6), entryTimeout: 60, attributeTimeout: 60 };
      const fileSystem = { ...namesOnly([]), lookup: () => link, readlink: () => 'target' };
      const mount = await process.mount(fileSystem, { features: { cacheSymlinks } });
      for (let round = 0; round < 3; round += 1) expect(await readlink(`${mount.path}/link`)).toBe('target');
      expect(mount.counters()['READLINK']?.count).toBe(asked);
    }
  });

  it('a writer without privileges takes set-id bits away', async () => {
    await using mount = await memoryMount({ features: { killPrivileges: true }, allowOther: true, timeout: 0 });
    const file = join(mount.path, 'program');
    writeFileSync(file, 'x');
    await run('chmod', ['6777', file]);
    // Opened by root, for nobody else may come to this directory, and written by another user.
    const write = `exec 3>> ${file} && exec setpriv --reuid=1000 --regid=1000 --clear-groups sh -c 'echo y >&3'`;
    await run('sh', ['-c', write]);
    expect((await stat(file)).mode & 0o7777).toBe(0o777);
  });

  it('writes that the kernel gathers arrive in the end', async () => {
    await using mount = await memoryMount({ features: { writeback: true } });
    const file = join(mount.path, 'file');
    await run('sh', ['-c', `for i in 1 2 3 4 5; do echo $i >> ${file}; done; sync ${file}`]);
    expect(await readFile(file, 'utf8')).toBe('1\n2\n3\n4\n5\n');
    await truncate(file, 2);
    expect(await readFile(file, 'utf8')).toBe('1\n');
  });

  it('writes are no larger than what was agreed on', async () => {
    await using mount = await memoryMount({ maxWrite: 65_536 });
    await writeFile(join(mount.path, 'file'), Buffer.alloc(1 << 20, 1));
    expect((await mount.counters())['WRITE']?.count).toBeGreaterThanOrEqual(16);
    expect((await readFile(join(mount.path, 'file'))).equals(Buffer.alloc(1 << 20, 1))).toBe(true);
  });
});

describe.skipIf(reason !== null || tooOld !== null)('handing over', () => {
  const program = fileURLToPath(new URL('./serve-inherited.mjs', import.meta.url));

  function serve(device: number, args: readonly string[]): StartedProcess & { line(): Promise<string> } {
    const child = startProcess(process.execPath, [program, ...args], { descriptors: [device], stderr: 'inherit' });
    if (child.stdout === null) throw new Error('It has no standard output.');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { ...child, line: async () => String((await lines.next()).value) };
  }

  it('another process goes on with a mount, and with what was asked meanwhile', async () => {
    await using place = await inProcess();
    const mount = await place.mount(namesOnly(['file']));
    const parameters = JSON.stringify(mount.handover());
    const waiting = run('cat', [`${mount.path}/file`]);
    const next = serve(mount.device, [mount.path, parameters, 'file']);
    expect(await next.line()).toBe(parameters);
    expect((await waiting).stdout).toBe('file');
    closeSync(mount.device);
    expect((await run('ls', [mount.path])).stdout).toBe('file\n');
    await unmountFuse(mount.path);
    expect((await next.ended).exitCode).toBe(0);
  });

  it('who keeps the descriptor keeps the mount: a killed server is replaced, and what it had taken is answered', async () => {
    await using place = await inProcess();
    const path = place.directory();
    const device = FuseDevice.open();
    const options = [
      ['rootmode', '40000'],
      ['user_id', '0'],
      ['group_id', '0'],
    ] as const;
    await mountFuse({ device: device.fd, target: path, source: 'kept', options });
    const first = serve(device.fd, [path, 'null']);
    const parameters = await first.line();
    const waiting = run('cat', [`${path}/file`]);
    expect(await first.line()).toBe('taken');
    first.kill('SIGKILL');
    await first.ended;
    const second = serve(device.fd, [path, parameters, 'file']);
    expect((await waiting).stdout).toBe('file');
    device.close();
    await unmountFuse(path);
    expect((await second.ended).exitCode).toBe(0);
  });
});

describe.skipIf(reason !== null)('an asynchronous file system', () => {
  it('every method may answer by a promise, and its memory stays until then', async () => {
    const memory = new MemoryFileSystem();
    const immediate = new Set<PropertyKey>(['init', 'forget', 'destroy']);
    const delayed = new Proxy(memory, {
      get(target, name, receiver) {
        const method: unknown = Reflect.get(target, name, receiver);
        if (immediate.has(name) || typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          await sleep(Math.random() * 2);
          return await (method as (...args: unknown[]) => unknown).apply(target, args); // What the proxy's caller gave.
        };
      },
    });
    await using process = await inProcess();
    const mount = await process.mount(delayed);
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(30_000));
    await Promise.all(texts.map((text, index) => writeFile(`${mount.path}/${index}`, text)));
    const read = await Promise.all(texts.map((_, index) => readFile(`${mount.path}/${index}`, 'utf8')));
    expect(read.map((text, index) => text === texts[index])).toEqual(texts.map(() => true));
    await run('setfattr', ['-n', 'user.x', '-v', 'y', `${mount.path}/1`]).catch((error) => {
      if (error.code !== 'PREREQUISITE_MISSING') throw error;
    });
    expect((await run('ls', [mount.path])).stdout.split('\n').length).toBe(21);
    expect(process.defects).toEqual([]);
    expect(errno('ENOENT')).toBe(errno('ENOENT'));
  });
});
