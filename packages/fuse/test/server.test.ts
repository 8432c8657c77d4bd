import { open, readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMounter, FuseDevice, isMountPoint, readMounts, run, startProcess } from '@graphdriver/host';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { errno } from '../src/errno.ts';
import type { FileSystem } from '../src/file-system.ts';
import type { RequestContext } from '../src/request-context.ts';
import { inProcess } from './in-process.ts';
import { memoryMount } from './memory-mount.ts';
import { attributes, namesOnly } from './names-only.mjs';

const reason = requireOrSkip('fuse', privilegeReason());

describe.skipIf(reason !== null)('answers', () => {
  it('a promised answer keeps nobody else waiting', async () => {
    await using process = await inProcess();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const plain = namesOnly(['slow', 'quick']);
    const mount = await process.mount({
      ...plain,
      read: async (node, request, context) => {
        if (node === 2) await gate;
        return (await plain.read?.(node, request, context)) ?? errno('EIO');
      },
    });
    const slow = readFile(`${mount.path}/slow`, 'utf8');
    await expect.poll(() => mount.pending).toBe(1);
    expect(await readFile(`${mount.path}/quick`, 'utf8')).toBe('quick');
    expect((await stat(`${mount.path}/slow`)).size).toBe(4);
    release();
    expect(await slow).toBe('slow');
  });

  it('failures are returned, thrown and promised, and those of node:fs pass through', async () => {
    await using process = await inProcess();
    const refusals: Record<string, FileSystem['lookup']> = {
      returned: () => errno('EPERM'),
      thrown: () => {
        throw errno('EMFILE');
      },
      promised: async () => errno('EROFS'),
      rejected: () => Promise.reject(errno('EDQUOT')),
      node: () => readFile('/nowhere/at/all').then(() => errno('EIO')),
    };
    const mount = await process.mount({
      ...namesOnly([]),
      lookup: (parent, name, context) => refusals[name]?.(parent, name, context) ?? errno('ENOENT'),
    });
    const codes: Record<string, unknown> = {};
    for (const name of Object.keys(refusals)) {
      codes[name] = await stat(`${mount.path}/${name}`).catch((error: NodeJS.ErrnoException) => error.errno);
    }
    expect(codes).toEqual({ returned: -1, thrown: -24, promised: -30, rejected: -122, node: -2 });
    expect(process.defects).toEqual([]);
    const { count, failures } = mount.counters()['LOOKUP'] ?? {};
    expect(failures).toBe(count);
  });

  it('a defect is EIO for the program and told to onError, and the mount lives on', async () => {
    await using process = await inProcess();
    const mount = await process.mount({
      ...namesOnly(['good']),
      lookup: (parent, name, context) => {
        if (name === 'bug') throw new TypeError('a bug');
        // An answer that cannot be encoded.
        if (name === 'hollow') return { node: 5, entryTimeout: 0, attributeTimeout: 0, attributes: undefined as never };
        return namesOnly(['good']).lookup?.(parent, name, context) ?? errno('ENOSYS');
      },
      read: (_node, { size }) => Buffer.alloc(size + 1),
    });
    await expect(stat(`${mount.path}/bug`)).rejects.toMatchObject({ code: 'EIO' });
    await expect(stat(`${mount.path}/hollow`)).rejects.toMatchObject({ code: 'EIO' });
    await expect(readFile(`${mount.path}/good`)).rejects.toMatchObject({ code: 'EIO' });
    expect(process.defects.map(({ operation }) => operation)).toEqual(['LOOKUP', 'LOOKUP']);
    expect((await stat(`${mount.path}/good`)).size).toBe(4);
  });

  it('what is missing is asked for once and never again', async () => {
    await using process = await inProcess();
    const mount = await process.mount(namesOnly(['file']));
    for (let round = 0; round < 3; round += 1) {
      expect(await readdir(mount.path)).toEqual(['file']);
      expect(await readFile(`${mount.path}/file`, 'utf8')).toBe('file');
    }
    const counters = mount.counters();
    expect(['OPENDIR', 'OPEN', 'FLUSH'].map((name) => counters[name]?.count)).toEqual([1, 1, 1]);
    expect(counters['RELEASE'] ?? counters['RELEASEDIR']).toBeUndefined();
  });

  it('who waits for an answer and gets a signal has the signal of the context aborted', async () => {
    await using process = await inProcess();
    const mount = await process.mount({
      ...namesOnly([]),
      lookup: (_parent, _name, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    await expect(run('stat', [`${mount.path}/slow`], { timeout: 200 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(mount.pending).toBe(0);
    expect(mount.counters()['LOOKUP']).toMatchObject({ count: 1, failures: 1 });
  });

  it('an answer that nobody waits for any more has its lookup taken back', async () => {
    await using process = await inProcess();
    const forgotten: number[] = [];
    const releases: (() => void)[] = [];
    const asked: Pick<RequestContext, 'id' | 'isResent'>[] = [];
    const mount = await process.mount({
      ...namesOnly(['slow']),
      lookup: async (_parent, _name, { id, isResent }) => {
        asked.push({ id, isResent });
        await new Promise<void>((resolve) => releases.push(resolve));
        const node = releases.length + 1;
        return { node, attributes: attributes(node, 0o100644), entryTimeout: 60, attributeTimeout: 60 };
      },
      forget: (node) => void forgotten.push(node),
    });
    const asking = stat(`${mount.path}/slow`);
    await expect.poll(() => releases.length).toBe(1);
    // The same request comes a second time, and an answer to the first is refused.
    mount.session.notify.resend();
    await expect.poll(() => releases.length).toBe(2);
    expect(asked).toEqual([false, true].map((isResent) => ({ id: asked[0]?.id, isResent })));
    releases[0]?.();
    await expect.poll(() => forgotten.length).toBe(1);
    releases[1]?.();
    expect((await asking).isFile()).toBe(true);
  });
});

describe.skipIf(reason !== null)('the server', () => {
  it('timers and promises run while it is busy', async () => {
    await using process = await inProcess();
    const mount = await process.mount(namesOnly(['file']));
    let busy = true;
    const client = run('sh', [
      '-c',
      `i=0; while [ $i -lt 60 ]; do stat ${mount.path}/file > /dev/null; i=$((i+1)); done`,
    ]);
    const done = client.finally(() => {
      busy = false;
    });
    let ticks = 0;
    while (busy) {
      await sleep(1);
      ticks += 1;
    }
    await done;
    expect(ticks).toBeGreaterThan(20);
  });

  it.each([{ linger: 0 }, { linger: 1, spin: 0 }, { linger: 1, spin: 300 }])('it serves with %o', async (options) => {
    await using process = await inProcess(options);
    const mount = await process.mount(namesOnly(['a', 'b']));
    expect(await readdir(mount.path)).toEqual(['a', 'b']);
    expect(await readFile(`${mount.path}/b`, 'utf8')).toBe('b');
  });

  it('many mounts are served at once, and each ends by itself', async () => {
    await using process = await inProcess();
    const mounts = await Promise.all(
      Array.from({ length: 20 }, (_, index) => process.mount(namesOnly([`file-${index}`]))),
    );
    const texts = await Promise.all(mounts.map(({ path }, index) => readFile(`${path}/file-${index}`, 'utf8')));
    expect(texts).toEqual(mounts.map((_, index) => `file-${index}`));
    await mounts[3]?.unmount();
    expect(process.server.mounts.length).toBe(19);
    expect(await readFile(`${mounts[4]?.path}/file-4`, 'utf8')).toBe('file-4');
    await process.server.close();
    expect(mounts.filter(({ path }) => isMountPoint(path))).toEqual([]);
  });

  it.each(['syscall', 'command'] as const)('it mounts by the route %s, as the table tells', async (mountWith) => {
    await using process = await inProcess();
    const options = {
      mountWith,
      source: 'of-mine',
      subtype: 'sub',
      flags: ['nosuid', 'nodev'],
      allowOther: true,
    } as const;
    const mount = await process.mount(namesOnly(['file']), options);
    expect(readMounts().find(({ mountPoint }) => mountPoint === mount.path)).toMatchObject({
      source: 'of-mine',
      type: 'fuse.sub',
      options: expect.arrayContaining(['nosuid', 'nodev']),
      superOptions: expect.arrayContaining(['allow_other', 'default_permissions']),
    });
    // Not this process: starting another one closes what it has open there, and would wait for itself.
    const holder = startProcess('sh', ['-c', `exec 3< ${mount.path}/file && cat`]);
    await expect.poll(() => mount.counters()['OPEN']?.count).toBe(1);
    await expect(mount.unmount()).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    holder.stdin?.end();
    await holder.ended;
    await mount.unmount();
    expect(isMountPoint(mount.path)).toBe(false);
    await mount.ended;
  });

  it('a mount that cannot be made leaves nothing, and its reason is told', async () => {
    await using process = await inProcess();
    await expect(process.server.mount(namesOnly([]), { target: '/nowhere/at/all' })).rejects.toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
    });
    const directory = process.directory();
    const broken = {
      init: () => {
        throw new RangeError('not today');
      },
    };
    await expect(process.server.mount(broken, { target: directory })).rejects.toThrow(RangeError);
    expect(isMountPoint(directory)).toBe(false);
    expect(process.server.mounts).toEqual([]);
    const contradictory = { target: directory, features: { passthrough: 1, writeback: true } } as const;
    await expect(process.server.mount({}, contradictory)).rejects.toThrow(TypeError);
  });

  it('a descriptor that is no mount ends at once, and is told of', async () => {
    await using process = await inProcess();
    const { fd } = FuseDevice.open();
    const mount = process.server.adopt({}, { device: fd, parameters: undefined, target: '/nowhere' });
    await mount.ended;
    expect(process.defects).toMatchObject([{ operation: 'REQUEST', error: { code: 'EPERM' } }]);
    expect(process.server.mounts).toEqual([]);
  });

  it('unmounted from outside, the file system is told and the server forgets it', async () => {
    await using process = await inProcess();
    const told: string[] = [];
    const mount = await process.mount({ ...namesOnly([]), destroy: () => void told.push('destroyed') });
    await run('umount', [mount.path]);
    await mount.ended;
    expect([told, process.server.mounts.length]).toEqual([['destroyed'], 0]);
  });

  it('an aborted mount fails its files and can be unmounted', async () => {
    await using process = await inProcess();
    const mount = await process.mount(namesOnly(['file']));
    const file = await open(`${mount.path}/file`);
    mount.abort();
    await expect(file.stat()).rejects.toMatchObject({ code: 'ENOTCONN' });
    await expect(file.close()).rejects.toMatchObject({ code: 'ENOTCONN' });
    await createMounter().unmount(mount.path, { detach: true });
  });

  it('the mounts of a killed server are dead and can be detached', async () => {
    await using mount = await memoryMount({ count: 2 });
    await mount.kill();
    await expect(stat(mount.path)).rejects.toMatchObject({ code: 'ENOTCONN' });
    for (const path of mount.paths) await createMounter().unmount(path, { detach: true });
    expect(readMounts().filter(({ mountPoint }) => mount.paths.includes(mountPoint))).toEqual([]);
  });

  it('every lookup is forgotten in the end', async () => {
    await using mount = await memoryMount({ timeout: 0 });
    await run('sh', [
      '-c',
      `cd ${mount.path}; for i in 1 2 3 4 5 6 7 8 9; do mkdir $i; echo x > $i/f; done; ls -lR > /dev/null; rm -r 1 2 3`,
    ]);
    const { defects, destroyed } = await mount.unmount();
    expect({ defects, destroyed }).toEqual({ defects: [], destroyed: [1] });
  });
});
