import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type TarEntry, writeTar } from '@graphdriver/archive';
import { mountsUnder, startProcess } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { knownPeers, peerNamed } from '../../src/peers/known-peers.ts';
import { runBench } from '../../src/run-bench.ts';
import { standardTargets } from '../../src/standard-targets.ts';

async function refusal(name: string, root: string): Promise<string | null> {
  const { checks } = await peerNamed(name).module.probe({ root });
  return checks.find(({ passed, required }) => required && !passed)?.why ?? null;
}

const onDisk = await Promise.all(
  knownPeers.map(async ({ module: { name } }) => ({ name, reason: await refusal(name, process.cwd()) })),
);
const withoutBtrfs = await loopFilesystemReason('btrfs');
const titled = onDisk.map(({ name, reason }) => ({ name, reason, why: reason === null ? '' : ` (${reason})` }));

describe('peers', () => {
  for (const { name, reason, why } of titled) {
    test.skipIf(reason !== null)(`${name} keeps layers as a driver does, and leaves nothing behind${why}`, async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-peer-test-');
      await expectLife(name, `${scratch.path}/root`);
      expect(readdirSync(`${scratch.path}/root`)).toEqual([]);
      expect(mountsUnder(scratch.path)).toEqual([]);
    });
  }

  for (const { name } of titled.filter(({ reason }) => reason?.startsWith('It does not work on'))) {
    test.skipIf(withoutBtrfs !== null)(`${name} keeps layers on btrfs`, async () => {
      await using _lock = await machineLock();
      await using place = await loopFilesystem({ type: 'btrfs', size: 1024 ** 3 });
      await expectLife(name, `${place.path}/root`);
    });
  }

  test.skipIf(titled.find(({ name }) => name === 'fuse-overlayfs')?.reason !== null)(
    'leave nothing mounted and nothing running when their user is killed',
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-peer-test-');
      const { source } = peerNamed('fuse-overlayfs');
      const script =
        `import { ${source.export} as peer } from ${JSON.stringify(source.specifier)};` +
        'const driver = await peer.open({ root: process.argv[1] });' +
        "await driver.create('one'); await driver.get('one'); process.stdout.write('held');" +
        'setInterval(() => undefined, 1000);';
      const root = `${scratch.path}/root`;
      const user = startProcess(process.execPath, ['--input-type=module', '-e', script, root], { stdin: 'ignore' });
      await new Promise((resolve) => user.stdout?.once('data', resolve));
      expect(mountsUnder(root)).toHaveLength(1);
      // Not its children: they are what is tried.
      process.kill(user.pid ?? expect.fail('It was not started.'), 'SIGKILL');
      await expect.poll(() => existsSync(root), { timeout: 10_000 }).toBe(false);
      expect(mountsUnder(scratch.path)).toEqual([]);
    },
  );

  test.skipIf(titled.find(({ name }) => name === 'fuse-overlayfs')?.reason !== null)(
    'that nobody has cleared away are ended where their root is opened next',
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-peer-test-');
      const { module } = peerNamed('fuse-overlayfs');
      const root = `${scratch.path}/root`;
      const lost = await module.open({ root });
      await lost.create('one');
      await lost.get('one');
      expect(mountsUnder(root)).toHaveLength(1);
      await (await module.open({ root })).close();
      expect(mountsUnder(root)).toEqual([]);
      await lost.close();
    },
  );

  test.skipIf(titled.find(({ name }) => name === 'fuse-overlayfs')?.reason !== null)(
    'are measured in the grid as drivers are',
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-peer-test-');
      const { source } = peerNamed('fuse-overlayfs');
      const targets = await standardTargets([{ source }], [{ label: 'here', directory: scratch.path }]);
      expect(targets.map(({ label }) => label)).toEqual(['fuse-overlayfs on here']);
      const shape = { workload: 'copy_up', directories: 1, placement: 'home', cache: 'warm' } as const;
      const cases = [
        { ...shape, size: 4096, layers: 3 },
        { workload: 'lifecycle', files: 4, fileSize: 100 },
        { workload: 'difference', files: 4, fileSize: 100, changed: 1 },
      ] as const;
      const result = await runBench(targets, cases, { rounds: 1, mostSamples: 2 });
      expect(result.skips.map(({ case: id }) => id)).toEqual([expect.stringContaining('difference')]);
      expect(new Set(result.samples.map(({ operation }) => operation))).toEqual(
        new Set(['plain', 'first', 'second', 'create', 'get', 'put', 'remove']),
      );
      expect(readdirSync(scratch.path)).toEqual([]);
    },
  );

  test('have names of their own, and one that there is not is refused', () => {
    expect(new Set(knownPeers.map(({ module }) => module.name)).size).toBe(knownPeers.length);
    expect(() => peerNamed('docker:aufs')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  test('say what is missing where they are not installed', async () => {
    await using scratch = await scratchRoot('graphdriver-peer-test-');
    const path = process.env['PATH'];
    process.env['PATH'] = scratch.path;
    try {
      for (const { module } of knownPeers) {
        const report = await module.probe({ root: scratch.path });
        expect(report).toMatchObject({ usable: false, capabilities: null });
      }
    } finally {
      process.env['PATH'] = path;
    }
  });
});

/** From an empty root through an archive, a commit, a first write and a second look. */
async function expectLife(name: string, root: string): Promise<void> {
  await using driver = await peerNamed(name).module.open({ root });
  await driver.create('bottom');
  {
    await using mount = await driver.get('bottom');
    writeFileSync(`${mount.path}/file`, 'x'.repeat(100_000));
  }
  await driver.commit('bottom');
  await driver.create('middle', { parent: 'bottom' });
  await driver.applyDiff('middle', writeTar([file('unpacked', 'hello')]));
  await driver.commit('middle');
  await driver.create('container', { parent: 'middle' });
  {
    await using mount = await driver.get('container');
    expect(readFileSync(`${mount.path}/unpacked`, 'utf8')).toBe('hello');
    appendFileSync(`${mount.path}/file`, 'y');
    expect(statSync(`${mount.path}/file`).size).toBe(100_001);
  }
  {
    await using view = await driver.get('middle', { readOnly: true });
    expect(statSync(`${view.path}/file`).size).toBe(100_000);
  }
  {
    await using again = await driver.get('container');
    expect(statSync(`${again.path}/file`).size).toBe(100_001);
  }
  await expect(driver.create('container')).rejects.toMatchObject({ code: 'LAYER_EXISTS' });
  await expect(driver.get('nobody')).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
  await expect(driver.changes('container')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  for (const id of ['container', 'middle', 'bottom']) await driver.remove(id);
  expect(await driver.list()).toEqual([]);
}

function file(path: string, text: string): TarEntry {
  const content = Buffer.from(text);
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: 0n,
    linkTarget: '',
    rdev: 0,
    xattrs: new Map(),
    segments: null,
    content: [content],
  };
}
