import { describe, expect, test } from 'vitest';
import { type Dataset, datasetFrom } from '../src/dataset.ts';
import { parseDestroyPlan, planFromListing } from '../src/destroy.ts';
import { failureOf } from '../src/failure.ts';
import { parseMounts } from '../src/mounts.ts';
import { parsePoolProperties, parsePoolPropertyTable, parsePools } from '../src/pool.ts';
import { parsePoolStatus } from '../src/pool-status.ts';
import { groupByDataset, parsePropertyRows, propertiesOf } from '../src/property-listing.ts';
import { parseSendEstimate } from '../src/send-estimate.ts';
import { parseDiffLine } from '../src/zfs-diff.ts';
import { parseHolds } from '../src/zfs-holds.ts';
import { parsePoolVersion, parseZfsVersion } from '../src/zfs-version.ts';
import { recorded, recordings } from './fixtures.ts';

for (const [version, all] of recordings) {
  describe(`what ${version} printed`, () => {
    const fuse = version.startsWith('zfs-fuse');
    const stdout = (title: string): string => recorded(version, title).stdout;

    for (const { title, command, args, code, exitCode, signal, stderr } of all.filter(
      (item) => item.code !== undefined && item.exitCode !== 0,
    )) {
      test(`${title}: ${code}`, () => {
        const unknown = /^(unrecognized command|invalid option)/.test(stderr);
        const result = {
          exitCode: exitCode ?? undefined,
          ...(signal === undefined ? {} : { signal }),
          stdout: '',
          stderr,
        };
        expect(failureOf(command, args, result).code).toBe(unknown ? 'UNSUPPORTED' : code);
      });
    }

    test('the version', () => {
      const found = fuse ? parsePoolVersion(stdout('pool versions')) : parseZfsVersion(stdout('version'));
      expect(found?.flavour).toBe(fuse ? 'zfs-fuse' : 'openzfs');
      expect(parseZfsVersion(fuse ? stdout('pool versions') : 'zfs-')).toBeUndefined();
    });

    test('pools', () => {
      const pools = parsePools(stdout(fuse ? 'list pools, rounded' : 'list pools, exact'), !fuse);
      expect(pools.map(({ name, health }) => [name, health])).toEqual(
        expect.arrayContaining([
          ['gdrecord', 'ONLINE'],
          ['gdmirror', 'ONLINE'],
        ]),
      );
      const pool = pools.find(({ name }) => name === 'gdrecord');
      expect(pool?.size).toBeGreaterThan(100 << 20);
      expect((pool?.allocated ?? 0) + (pool?.free ?? 0)).toBeGreaterThan(100 << 20);
    });

    test('properties of a pool', () => {
      const properties = fuse
        ? parsePoolPropertyTable(stdout('pool properties, as a table'))
        : parsePoolProperties(stdout('pool properties, parsable'));
      expect(properties.get('health')?.value).toBe('ONLINE');
      expect(properties.get('guid')?.value).toMatch(/^\d{10,}$/);
      expect(properties.get('autoexpand')).toEqual({ value: 'off', source: 'default' });
    });

    test('the status of a pool, healthy, scrubbed and degraded', () => {
      const pools = parsePoolStatus(stdout('status'));
      expect(pools.map(({ name, health, scan }) => ({ name, health, scan }))).toEqual(
        expect.arrayContaining([{ name: 'gdrecord', health: 'ONLINE', scan: undefined }]),
      );
      expect(pools.every(({ dataErrors, status }) => !dataErrors && status === undefined)).toBe(true);
      const [scrubbed] = parsePoolStatus(stdout('status after a scrub'));
      expect(scrubbed?.scan).toMatchObject({ kind: 'scrub', state: 'done' });
      const [degraded] = parsePoolStatus(stdout('status, degraded'));
      expect(degraded).toMatchObject({ name: 'gdmirror', health: 'DEGRADED' });
      expect(degraded?.status).toContain('offline');
      expect(degraded?.config).toMatchObject([
        {
          name: 'gdmirror',
          health: 'DEGRADED',
          errors: { read: 0, write: 0, checksum: 0 },
          children: [
            {
              name: 'mirror-0',
              children: [
                { name: '/lab/m1.img', health: 'OFFLINE', children: [] },
                { name: '/lab/m2.img', health: 'ONLINE' },
              ],
            },
          ],
        },
      ]);
    });

    test('pools that could be imported', () => {
      const [found] = parsePoolStatus(stdout('importable pools'));
      expect(found).toMatchObject({ name: 'gdmirror', health: 'DEGRADED', destroyed: false });
      expect(found?.id).toMatch(/^\d+$/);
      expect(found?.config[0]?.children[0]?.name).toBe('mirror-0');
      expect(parsePoolStatus(stdout('destroyed pools')).find(({ name }) => name === 'gdmirror')?.destroyed).toBe(true);
      expect(parsePoolStatus(stdout('no importable pools'))).toEqual([]);
    });

    test('all properties of a filesystem, in their units', () => {
      const properties = propertiesOf(parsePropertyRows(stdout('all properties of a filesystem')));
      expect(properties).toMatchObject({
        quota: { value: 20 << 20, source: { kind: 'local' } },
        refquota: { value: null, source: { kind: 'default' } },
        mountpoint: { value: '/lab/mnt/a/b', source: { kind: 'inherited', from: 'gdrecord' } },
        compressratio: { value: 1 },
        recordsize: { value: 128 << 10 },
        mounted: { value: true, source: { kind: 'none' } },
      });
      expect(properties['creation']?.value).toBeInstanceOf(Date);
      expect(properties['used']?.value).toBeTypeOf('number');
    });

    test('all properties of a snapshot', () => {
      const properties = propertiesOf(parsePropertyRows(stdout('all properties of a snapshot')));
      expect(properties).toMatchObject({ type: { value: 'snapshot' }, userrefs: { value: 0 } });
    });

    test('a user property with a tab and a line feed', () => {
      const properties = propertiesOf(parsePropertyRows(stdout('an odd user property')));
      expect(properties['com.example:odd']?.value).toBe('a\tb\nc');
      expect(properties['com.example:none']?.value).toBeUndefined();
      expect(properties['used']?.value).toBeTypeOf('number');
    });

    test('a listing', () => {
      const datasets = [...groupByDataset(parsePropertyRows(stdout('list recursively')))].map(
        ([name, rows]): Dataset => datasetFrom(name, rows),
      );
      expect(datasets[0]?.name).toBe('gdrecord');
      expect(datasets.find(({ name }) => name === 'gdrecord/a')).toMatchObject({
        type: 'filesystem',
        mounted: true,
        mountpoint: '/lab/mnt/a',
      });
    });

    test('mounts', () => {
      expect(parseMounts(stdout('mounts'))).toContainEqual({ dataset: 'gdrecord/a/b', path: '/lab/mnt/a/b' });
    });

    test('what stands in the way of a destroy', () => {
      const { command, args, stderr } = recorded(version, 'destroy with children');
      expect(
        [...(failureOf(command, args, { exitCode: 1, stdout: '', stderr }).details.dependents ?? [])].sort(),
      ).toEqual(['gdrecord/a/b', 'gdrecord/a@one', 'gdrecord/a@spare']);
    });
  });
}

describe('what only OpenZFS prints', () => {
  const stdout = (title: string): string => recorded('openzfs-2.3.2', title).stdout;

  test('differences, with odd names as they are', () => {
    const entries = stdout('diff')
      .split('\n')
      .filter((line) => line !== '')
      .map(parseDiffLine);
    expect(entries.map(({ change, type, path }) => [change, type, path])).toEqual(
      expect.arrayContaining([
        ['modified', 'file', '/lab/mnt/d/changed'],
        ['removed', 'file', '/lab/mnt/d/removed'],
        ['added', 'symlink', '/lab/mnt/d/symlink'],
        ['added', 'fifo', '/lab/mnt/d/fifo'],
        ['added', 'directory', '/lab/mnt/d/new directory'],
        ['modified', 'directory', '/lab/mnt/d/'],
      ]),
    );
    const renamed = entries.find(({ change }) => change === 'renamed');
    expect(renamed).toMatchObject({
      path: '/lab/mnt/d/old name',
      newPath: '/lab/mnt/d/new\tname\\ä',
      linkDelta: undefined,
    });
    expect(entries.find(({ path }) => path.endsWith('/linked'))?.linkDelta).toBe(1);
    expect(entries.every(({ changedAt }) => changedAt > 1_700_000_000_000_000_000n)).toBe(true);
  });

  test('a name that is no UTF-8 is kept as bytes', () => {
    const { pathBytes, changedAt } = parseDiffLine('1700000000.000000001\t+\tF\t/m/\\0377\\0040x\\0134');
    expect(pathBytes).toEqual(Buffer.from([0x2f, 0x6d, 0x2f, 0xff, 0x20, 0x78, 0x5c]));
    expect(changedAt).toBe(1_700_000_000_000_000_001n);
  });

  test('holds', () => {
    const [hold] = parseHolds(stdout('holds'));
    expect(hold).toMatchObject({ snapshot: 'gdrecord/a@two', tag: 'keep' });
    expect(hold?.heldAt.getFullYear()).toBeGreaterThan(2000);
  });

  test('plans of a destroy', () => {
    expect(parseDestroyPlan(stdout('plan a destroy')).names).toContain('gdrecord/c');
    expect(parseDestroyPlan(stdout('plan to destroy a snapshot'))).toEqual({
      names: ['gdrecord/a@spare'],
      reclaims: 0,
    });
  });

  test('estimates', () => {
    const full = parseSendEstimate(stdout('estimate'));
    expect(full.parts).toEqual([{ snapshot: 'gdrecord/a@one', from: undefined, bytes: full.bytes }]);
    const { parts } = parseSendEstimate(stdout('estimate of several'));
    expect(parts.at(-1)).toMatchObject({ snapshot: 'gdrecord/a@two' });
    expect(parts[0]?.from).toBe('gdrecord/a@one');
  });
});

test('a plan made from a listing takes clones before what they come from', () => {
  const listing = [
    { name: 'tank', origin: undefined },
    { name: 'tank/a', origin: undefined },
    { name: 'tank/a@s', origin: undefined },
    { name: 'tank/ab', origin: undefined },
    { name: 'tank/c', origin: 'tank/a@s' },
    { name: 'tank/c/d', origin: undefined },
    { name: 'tank/c/d@s', origin: undefined },
    { name: 'tank/e', origin: 'tank/c/d@s' },
  ];
  const plan = planFromListing(listing, 'tank/a', { clones: true });
  expect(plan).toEqual(['tank/e', 'tank/c/d@s', 'tank/c/d', 'tank/c', 'tank/a@s', 'tank/a']);
  expect(() => planFromListing(listing, 'tank/a', {})).toThrow(expect.objectContaining({ code: 'HAS_CHILDREN' }));
  expect(() => planFromListing(listing, 'tank/a', { recursive: true })).toThrow(
    expect.objectContaining({ code: 'HAS_CLONES', details: { dependents: ['tank/c'] } }),
  );
  expect(() => planFromListing(listing, 'tank/none', {})).toThrow(
    expect.objectContaining({ code: 'DATASET_NOT_FOUND' }),
  );
});
