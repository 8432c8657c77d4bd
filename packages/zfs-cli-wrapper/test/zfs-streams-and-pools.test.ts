import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { code, collect, pathOf, shareRealZfs, realTest as test } from './real-zfs.ts';

shareRealZfs();

async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

test('a stream carries a snapshot and then what came after it, and tells how far it is', async (real, root) => {
  const { streams, snapshots, datasets } = real.zfs;
  await datasets.create(`${root}/a`);
  const path = await pathOf(real, `${root}/a`);
  writeFileSync(join(path, 'file'), Buffer.alloc(300_000, 'x'));
  await snapshots.create(`${root}/a@one`);
  let sent = 0;
  const full = await collect(streams.send(`${root}/a@one`, { onProgress: ({ bytes }) => (sent = bytes) }));
  expect(sent).toBe(full.length);
  expect(await streams.receive(`${root}/b`, pieces(full))).toEqual({ bytes: full.length });
  writeFileSync(join(path, 'more'), 'more');
  await snapshots.create(`${root}/a@two`);
  const increment = await collect(streams.send(`${root}/a@two`, { from: '@one' }));
  expect(increment.length).toBeLessThan(full.length);
  await streams.receive(`${root}/b`, pieces(increment));
  expect(readFileSync(join(await pathOf(real, `${root}/b`), 'more'), 'latin1')).toBe('more');
  expect(await code(streams.receive(`${root}/b`, pieces(full)))).toBe('DATASET_EXISTS');
  expect(await code(streams.receive(`${root}/new`, pieces(increment)))).toMatch(/STREAM_MISMATCH|DATASET_NOT_FOUND/);
  expect(await datasets.exists(`${root}/new`)).toBe(false);
});

test('a broken stream is refused and leaves no dataset', async (real, root) => {
  const { streams, snapshots, datasets } = real.zfs;
  writeFileSync(join(await pathOf(real, root), 'file'), Buffer.alloc(300_000, 'x'));
  await snapshots.create(`${root}@one`);
  const full = await collect(streams.send(`${root}@one`));
  expect(await code(streams.receive(`${root}/half`, pieces(full.subarray(0, full.length / 2))))).toBe('INVALID_STREAM');
  expect(await code(streams.receive(`${root}/junk`, pieces(Buffer.from('junk'))))).toBe('INVALID_STREAM');
  expect(await code(streams.receive(`${root}/none`, pieces()))).toBe('INVALID_STREAM');
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield full.subarray(0, 100_000);
    throw new Error('the source broke');
  };
  await expect(streams.receive(`${root}/broken`, failing())).rejects.toThrow('the source broke');
  expect((await datasets.list({ root })).map(({ name }) => name)).toEqual([root]);
  expect(await code(collect(streams.send(`${root}@none`)))).toBe('DATASET_NOT_FOUND');
});

test('a reader that stops ends the stream, and so does an abort', async (real, root) => {
  const { streams, snapshots } = real.zfs;
  writeFileSync(join(await pathOf(real, root), 'file'), Buffer.alloc(4 << 20, Buffer.from('random'.repeat(7))));
  await snapshots.create(`${root}@one`);
  for await (const piece of streams.send(`${root}@one`)) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  const abort = new AbortController();
  const aborted = async (): Promise<void> => {
    for await (const _ of streams.send(`${root}@one`, { signal: abort.signal })) abort.abort();
  };
  expect(await code(aborted())).toBe('ABORTED');
});

test('received properties are told from local ones', async (real, root) => {
  const { streams, snapshots, datasets, properties } = real.zfs;
  await datasets.create(`${root}/a`, { properties: { 'com.example:key': 'sent' } });
  await snapshots.create(`${root}/a@one`);
  await streams.receive(`${root}/b`, streams.send(`${root}/a@one`, { properties: true }));
  expect((await properties.get(`${root}/b`, ['com.example:key']))['com.example:key']).toMatchObject({
    value: 'sent',
    source: { kind: 'received' },
  });
  await properties.set(`${root}/b`, { 'com.example:key': 'local' });
  expect(await properties.received(`${root}/b`, 'com.example:key')).toBe('sent');
  await properties.inherit(`${root}/b`, 'com.example:key', { received: true });
  expect((await properties.get(`${root}/b`, ['com.example:key']))['com.example:key']?.value).toBe('sent');
});

test('what the version cannot do is refused, and capabilities say so', async (real, root) => {
  const { capabilities: can, snapshots, bookmarks, streams, datasets, diff } = real.zfs;
  await datasets.create(`${root}/k`);
  await snapshots.create(`${root}@s`);
  const attempts: readonly (readonly [boolean, () => Promise<unknown>])[] = [
    [can.severalSnapshots, () => snapshots.create([`${root}@a`, `${root}/k@a`])],
    [can.bookmarks, () => bookmarks.create(`${root}@s`, `${root}#s`)],
    [can.bookmarks, () => bookmarks.list({ root })],
    [can.sendEstimate, () => streams.estimate(`${root}@s`)],
    [can.rawStreams, () => collect(streams.send(`${root}@s`, { compressed: true }))],
    [can.createUnmounted, () => datasets.create(`${root}/u`, { unmounted: true })],
    [can.volumes, () => datasets.createVolume(`${root}/v`, 16 << 20, { sparse: true })],
    [can.resumableStreams, () => streams.resumeToken(root)],
    [can.diff, () => diff(`${root}@s`).next()],
  ];
  for (const [able, attempt] of attempts)
    expect(await code(Promise.resolve().then(attempt))).toBe(able ? 'none' : 'UNSUPPORTED');
});

test('a diff names what changed, with odd names as they are', async (real, root) => {
  const { capabilities, snapshots, diff } = real.zfs;
  if (!capabilities.diff) return void expect(await code(diff(`${root}@one`).next())).toBe('UNSUPPORTED');
  const path = await pathOf(real, root);
  writeFileSync(join(path, 'a b\t\\ä'), 'x');
  await snapshots.create(`${root}@one`);
  writeFileSync(join(path, 'a b\t\\ä'), 'other');
  writeFileSync(join(path, 'new'), 'x');
  await snapshots.create(`${root}@two`);
  const found = [];
  for await (const { change, path: name } of diff(`${root}@one`, `${root}@two`)) found.push(`${change} ${name}`);
  expect(found).toContain(`modified ${join(path, 'a b\t\\ä')}`);
  expect(found).toContain(`added ${join(path, 'new')}`);
});

test('a pool is made, looked at, scrubbed, exported, found, imported and destroyed', async (real) => {
  const { pools } = real.zfs;
  const devices = ['p1', 'p2'].map((name) => {
    const device = join(real.directory, name);
    writeFileSync(device, '');
    truncateSync(device, 96 << 20);
    return device;
  });
  await pools.create('gdsecond', [{ layout: 'mirror', devices }], {
    mountpoint: 'none',
    properties: { cachefile: 'none' },
  });
  try {
    expect(await code(pools.create('gdsecond', [{ layout: 'mirror', devices }], { force: true }))).toMatch(
      /POOL_EXISTS|DEVICE_UNUSABLE/,
    );
    expect(await code(pools.create('gdthird', devices))).toBe('DEVICE_UNUSABLE');
    const pool = await pools.get('gdsecond');
    expect(pool).toMatchObject({
      name: 'gdsecond',
      health: 'ONLINE',
      dedupRatio: 1,
      exact: real.zfs.capabilities.exactPoolSizes,
    });
    expect(pool.size).toBeGreaterThanOrEqual(80 << 20);
    expect((await pools.list()).map(({ name }) => name).sort()).toEqual([real.pool, 'gdsecond'].sort());
    await pools.scrub('gdsecond');
    const [status] = await pools.status('gdsecond');
    expect(status).toMatchObject({ name: 'gdsecond', health: 'ONLINE', dataErrors: false, scan: { kind: 'scrub' } });
    expect(status?.config[0]).toMatchObject({
      name: 'gdsecond',
      children: [{ health: 'ONLINE', children: [{ name: devices[0], errors: { read: 0 } }, { name: devices[1] }] }],
    });
    await pools.setProperties('gdsecond', { autoreplace: true });
    expect((await pools.properties('gdsecond', ['autoreplace', 'guid'])).get('autoreplace')).toEqual({
      value: 'on',
      source: 'local',
    });
    expect((await pools.properties('gdsecond')).get('guid')?.value).toBe(String(pool.guid));
    await pools.export('gdsecond');
    expect(await pools.exists('gdsecond')).toBe(false);
    expect(
      (await pools.importable({ directories: [real.directory] })).find(({ name }) => name === 'gdsecond'),
    ).toMatchObject({ id: String(pool.guid), health: 'ONLINE', destroyed: false });
    await pools.import('gdsecond', { directories: [real.directory], properties: { cachefile: 'none' } });
    expect(await code(pools.import('gdsecond', { directories: [real.directory] }))).toMatch(
      /POOL_EXISTS|POOL_NOT_FOUND/,
    );
  } finally {
    await pools.destroy('gdsecond', { force: true });
  }
  expect(await pools.exists('gdsecond')).toBe(false);
  expect(existsSync(devices[0] ?? '')).toBe(true);
});
