import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type CommandResult, DEFAULT_RETRY, isZfsError, openZfs, type Zfs, ZfsError } from '../src/index.ts';
import { type Answer, openzfs, ScriptedRunner } from './scripted-runner.ts';

const busy: Answer = { exitCode: 1, stderr: "cannot destroy 'tank/a': dataset is busy\n" };
const missing: Answer = { exitCode: 1, stderr: "cannot open 'tank/a': dataset does not exist\n" };
const retry = { attempts: 4, firstPause: 1, longestPause: 2 };

async function scripted(...answers: readonly Answer[]): Promise<{ zfs: Zfs; runner: ScriptedRunner }> {
  const runner = new ScriptedRunner(openzfs('2.3.2-1'), ...answers);
  return { runner, zfs: await openZfs({ runner, retry }) };
}

test('OpenZFS tells its version, and what it can do follows from it', async () => {
  const { zfs, runner } = await scripted();
  expect(runner.lines).toEqual([['zfs', 'version']]);
  expect(zfs.version).toEqual({
    flavour: 'openzfs',
    userland: '2.3.2-1',
    kernel: '2.3.2-1',
    release: [2, 3, 2],
    poolVersion: undefined,
  });
  expect([zfs.capabilities.diff, zfs.capabilities.createUnmounted]).toEqual([true, true]);
  const old = await openZfs({ runner: new ScriptedRunner(openzfs('0.8.6-1')) });
  expect([old.capabilities.diff, old.capabilities.createUnmounted]).toEqual([true, false]);
  expect(old.capabilities.compression).not.toContain('zstd');
});

test('a ZFS that cannot be used says why', async () => {
  const attempts: readonly (readonly [Answer, string])[] = [
    [
      {
        exitCode: 1,
        stderr: 'connect: No such file or directory\nPlease make sure that the zfs-fuse daemon is running.\n',
      },
      'NOT_RUNNING',
    ],
    [
      { exitCode: 1, stderr: 'connect: Permission denied\ninternal error: failed to initialize ZFS library\n' },
      'PERMISSION_DENIED',
    ],
    [
      {
        exitCode: 1,
        stderr: "The ZFS modules are not loaded.\nTry running '/sbin/modprobe zfs' as root to load them.\n",
      },
      'NOT_RUNNING',
    ],
    [
      { exitCode: 1, stdout: 'zfs-2.1.11-1\n', stderr: 'zfs_version_kernel() failed: No such file or directory\n' },
      'NOT_RUNNING',
    ],
    ['something else', 'UNSUPPORTED'],
    [async () => Promise.reject(new ZfsError('NOT_INSTALLED', 'no')), 'NOT_INSTALLED'],
  ];
  for (const [answer, expected] of attempts) {
    await expect(openZfs({ runner: new ScriptedRunner(answer) })).rejects.toMatchObject({
      name: 'ZfsError',
      code: expected,
    });
  }
});

test('the commands of OpenZFS are what they should be', async () => {
  const { zfs, runner } = await scripted('');
  await zfs.datasets.create('tank/a', {
    properties: { quota: 1024, atime: false, 'a:b': 'x y' },
    parents: true,
    unmounted: true,
  });
  await zfs.datasets.createVolume('tank/v', 1 << 20, { sparse: true, blockSize: 4096 });
  await zfs.datasets.destroy('tank/a', { recursive: true, force: true });
  await zfs.datasets.planDestroy('tank/a', { recursive: true });
  await zfs.datasets.rename('tank/a', 'tank/b', { parents: true, force: true });
  await zfs.datasets.mount('tank/a', { flags: ['ro', 'nosuid'] });
  await zfs.properties.set('tank/a', { quota: null, reservation: 0n, readonly: true });
  await zfs.snapshots.create(['tank/a@s', 'tank/b@s'], { properties: { 'a:b': 'c' } });
  await zfs.snapshots.destroy('tank/a@s', { deferred: true, recursive: true });
  await zfs.snapshots.rollback('tank/a@s', { destroyNewer: 'clones', force: true });
  await zfs.snapshots.rename('tank/a@s', 't');
  await zfs.bookmarks.create('tank/a@s', 'tank/a#s');
  await zfs.pools.create(
    'tank',
    [
      { layout: 'stripe', devices: ['/dev/c'], role: 'cache' },
      { layout: 'raidz2', devices: ['/dev/a', '/dev/b'] },
    ],
    { mountpoint: 'none', filesystemProperties: { compression: 'lz4' } },
  );
  await zfs.pools.import('tank', { directories: ['/disks'], newName: 'pond', altroot: '/mnt' });
  await zfs.pools.scrub('tank', 'pause');
  expect(runner.commands).toEqual([
    'zfs create -p -o quota=1024 -o atime=off -o a:b=x y -u tank/a',
    'zfs create -s -b 4096 -V 1048576 tank/v',
    'zfs destroy -r -f tank/a',
    'zfs destroy -r -nvp tank/a',
    'zfs rename -p -f tank/a tank/b',
    'zfs mount -o ro,nosuid tank/a',
    'zfs set quota=none reservation=none readonly=on tank/a',
    'zfs snapshot -o a:b=c tank/a@s tank/b@s',
    'zfs destroy -r -d tank/a@s',
    'zfs rollback -R -f tank/a@s',
    'zfs rename tank/a@s tank/a@t',
    'zfs bookmark tank/a@s tank/a#s',
    'zpool create -O compression=lz4 -m none tank raidz2 /dev/a /dev/b cache /dev/c',
    'zpool import -d /disks -R /mnt tank pond',
    'zpool scrub -p tank',
  ]);
});

test('streams are sent and received with the flags that were asked for', async () => {
  const { zfs, runner } = await scripted('bytes');
  const read = async (stream: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const _ of stream);
  };
  await read(
    zfs.streams.send('tank/a@b', { from: '@a', intermediates: true, replicate: true, raw: true, compressed: true }),
  );
  await read(zfs.streams.send('tank/a@b', { from: 'tank/a#a', largeBlocks: true, embedded: true, properties: true }));
  await read(zfs.streams.resume('1-ab-c0'));
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('12345');
  };
  const options = {
    force: true,
    unmounted: true,
    resumable: true,
    properties: { 'a:b': 'c' },
    exclude: ['mountpoint'],
  };
  expect(await zfs.streams.receive('tank/b', source(), options)).toEqual({ bytes: 5 });
  expect(runner.commands).toEqual([
    'zfs send -R -w -c -I tank/a@a tank/a@b',
    'zfs send -p -L -e -i tank/a#a tank/a@b',
    'zfs send -t 1-ab-c0',
    'zfs receive -F -u -s -o a:b=c -x mountpoint tank/b',
  ]);
  expect(() => zfs.streams.resume('-x')).toThrow(expect.objectContaining({ code: 'INVALID_STREAM' }));
});

test('what is busy is tried again, so often and no more', async () => {
  const once = await scripted(busy, '');
  await once.zfs.datasets.destroy('tank/a');
  expect(once.runner.commands).toHaveLength(2);
  const always = await scripted(busy);
  await expect(always.zfs.datasets.destroy('tank/a')).rejects.toMatchObject({
    code: 'DATASET_BUSY',
    details: { exitCode: 1, args: ['destroy', 'tank/a'] },
  });
  expect(always.runner.commands).toHaveLength(retry.attempts);
  const never = await scripted(busy);
  await expect(never.zfs.datasets.destroy('tank/a', { retry: false })).rejects.toMatchObject({ code: 'DATASET_BUSY' });
  expect(never.runner.commands).toHaveLength(1);
  expect(DEFAULT_RETRY.attempts).toBeGreaterThan(1);
});

test('what was busy and is then gone has been destroyed; what was never there is missing', async () => {
  const gone = await scripted(busy, missing);
  await gone.zfs.datasets.destroy('tank/a');
  const { zfs } = await scripted(missing);
  await expect(zfs.datasets.destroy('tank/a')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
});

test('the names in a message are no part of it', async () => {
  const { zfs } = await scripted({
    exitCode: 1,
    stderr: "cannot create 'tank/out of space': dataset already exists\n",
  });
  await expect(zfs.datasets.create('tank/out of space')).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
  const bare = await scripted(
    { exitCode: 1, stderr: 'cannot destroy snapshot tank/has dependent clones@x: dataset is busy\n' },
    '0\n',
  );
  await expect(bare.zfs.snapshots.destroy('tank/has dependent clones@x', { retry: false })).rejects.toMatchObject({
    code: 'DATASET_BUSY',
  });
});

test('a value that imitates further properties is found out', async () => {
  const forged = 'tank/a\ta:b\tlocal\tx\ntank/a\tquota\tlocal\t5\ntank/a\tquota\tdefault\t0\n';
  const { zfs } = await scripted(forged);
  await expect(zfs.properties.get('tank/a', ['a:b', 'quota'])).rejects.toMatchObject({ code: 'UNEXPECTED_OUTPUT' });
});

test('output that is not understood is an error and no guess', async () => {
  const { zfs } = await scripted('rubbish\n');
  for (const action of [
    () => zfs.datasets.list(),
    () => zfs.datasets.mounts(),
    () => zfs.pools.list(),
    () => zfs.streams.estimate('tank/a@b'),
    () => zfs.snapshots.holds.list('tank/a@b'),
    () => zfs.datasets.planDestroy('tank/a'),
    () => zfs.diff('tank/a@b').next(),
  ])
    await expect(action()).rejects.toMatchObject({ code: 'UNEXPECTED_OUTPUT' });
});

test('a failure that nobody knows keeps the words of zfs', async () => {
  const { zfs } = await scripted({ exitCode: 7, stderr: 'cannot do that: the moon is full\n' });
  const error = await zfs.datasets.promote('tank/a').catch((failure: unknown) => failure);
  expect(isZfsError(error, 'COMMAND_FAILED')).toBe(true);
  expect(error).toMatchObject({
    details: { command: 'zfs', args: ['promote', 'tank/a'], exitCode: 7, stderr: 'cannot do that: the moon is full\n' },
  });
});

test('a call is ended by its signal and its time', async () => {
  const { zfs, runner } = await scripted('');
  await zfs.datasets.promote('tank/a', { timeout: 5 });
  await zfs.datasets.promote('tank/a');
  expect(runner.options.slice(1).map(({ timeout }) => timeout)).toEqual([5, 30_000]);
  await expect(zfs.datasets.promote('tank/a', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  });
  expect(runner.commands).toHaveLength(2);
});

test('commands that mount wait for one another on zfs-fuse, and not on OpenZFS', async () => {
  const most = { zfsFuse: 0, openzfs: 0 };
  for (const flavour of ['zfsFuse', 'openzfs'] as const) {
    let running = 0;
    const mounting = async (): Promise<CommandResult> => {
      running += 1;
      most[flavour] = Math.max(most[flavour], running);
      await setTimeout(5);
      running -= 1;
      return { exitCode: 0, stdout: '', stderr: '' };
    };
    const version: readonly Answer[] =
      flavour === 'openzfs'
        ? [openzfs('2.3.2-1')]
        : [
            { exitCode: 2, stderr: "unrecognized command 'version'\n" },
            'This system is currently running ZFS pool version 26.\n',
          ];
    const zfs = await openZfs({ runner: new ScriptedRunner(...version, mounting) });
    const others = [await openZfs({ runner: new ScriptedRunner(...version, mounting) }), zfs];
    await Promise.all(others.flatMap((each) => ['a', 'b', 'c'].map((name) => each.datasets.mount(`tank/${name}`))));
  }
  expect(most).toEqual({ zfsFuse: 1, openzfs: 6 });
});
