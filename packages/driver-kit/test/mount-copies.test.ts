import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { isMountPoint, mountsUnder, parseMountinfo } from '@graphdriver/host';
import { expect, onTestFinished, test } from 'vitest';
import { opened } from './scratch-root.ts';

/** A process with copies of all mounts in a mount namespace of its own. Returns what it sees of a root. */
async function elsewhere(root: string, script = 'exec sleep 600'): Promise<() => readonly string[]> {
  const arguments_ = ['-m', '--propagation', 'private', 'sh', '-c', `echo; ${script}`];
  const child: ChildProcess = spawn('unshare', arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return () => {
    const mounts = parseMountinfo(readFileSync(`/proc/${child.pid}/mountinfo`, 'latin1'));
    return mounts.map(({ mountPoint }) => mountPoint).filter((path) => path.startsWith(root));
  };
}

test('the last put takes the mount and its binds from other mount namespaces, one after the other', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const plain = await driver.get('x');
  const bare = await driver.get('x', { nosuid: true });
  const there = await elsewhere(root);
  expect([...there()].sort()).toEqual([plain.path, bare.path].sort());
  await bare.put();
  expect(there()).toEqual([plain.path]);
  await plain.put();
  expect(there()).toEqual([]);
});

test('a mount goes from a namespace in which it is being used, and what is open there stays usable', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const mount = await driver.get('x');
  const there = await elsewhere(root, `cd '${mount.path}' && exec sleep 600 <.`);
  await mount.put();
  expect(there()).toEqual([]);
  await driver.commit('x');
});

test('a mount that somebody has put on top of a layer’s goes with it, so that its copies go as well', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const mount = await driver.get('x');
  execFileSync('mount', ['-t', 'tmpfs', 'stacked', mount.path]);
  const there = await elsewhere(root);
  await mount.put();
  expect(mountsUnder(root)).toEqual([]);
  expect(there()).toEqual([]);
  expect(existsSync(mount.path)).toBe(false);
});

test('a layer whose mount was stacked on and is in use stays held, and can be put later', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const mount = await driver.get('x');
  const user = spawn('sleep', ['600'], { cwd: mount.path, stdio: 'ignore' });
  onTestFinished(() => void user.kill('SIGKILL'));
  await once(user, 'spawn');
  execFileSync('mount', ['-t', 'tmpfs', 'stacked', mount.path]);
  await expect(mount.put()).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  expect(isMountPoint(mount.path)).toBe(true);
  expect(await driver.holders('x')).toHaveLength(1);
  user.kill('SIGKILL');
  await once(user, 'exit');
  await mount.put();
  expect(mountsUnder(root)).toEqual([]);
});

test('a mount that a killed process left goes from other namespaces, too, when the layer is used next', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const mount = await driver.get('x', { holder: 'lease' });
  const there = await elsewhere(root);
  execFileSync('umount', [mount.path]);
  // As if the process had been killed between the unmounting and the removal of the directory.
  expect(there()).toEqual([mount.path]);
  await driver.put('x', { holder: 'lease' });
  expect(there()).toEqual([]);
});
