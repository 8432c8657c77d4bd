import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, closeSync, constants, lstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { put, textOf } from '../staging/files.ts';
import { editLayer, makeLayer, makeWritable, viewing } from '../staging/layers.ts';

/** Cases that containerd's suite has carried as a to-do list since 2017. */
export const contentNeverMadeChecks: readonly Check[] = [
  {
    id: 'content/unix-sockets-work',
    title: 'a program can listen on a socket in a mount, and another one connect to it; the layer commits as ever',
    issue: 'https://github.com/moby/moby/issues/12080',
    covers: ['containerd:issues.go UnixDomainSockets'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'run/file'));
      await makeWritable(driver, 'layer', undefined, 'base');
      await editLayer(driver, 'layer', (root) => greetThroughSocket(join(root, 'run')));
      await driver.commit('layer');
      await viewing(context, 'layer', (root) => assert.equal(textOf(root, 'run/file'), 'run/file'));
    },
  },
  {
    id: 'content/directories-keep-their-inode-number',
    title: 'a directory keeps its inode number while its content and its mode change in a mount',
    issue: 'https://github.com/moby/moby/issues/19647',
    covers: ['containerd:issues.go DirectoryInodeStability'],
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'lower/sub/file'));
      await makeWritable(driver, 'layer', undefined, 'base');
      await using watcher = await driver.get('layer');
      const numbers = () => ['lower', 'lower/sub'].map((path) => inodeOf(join(watcher.path, path)));
      const before = numbers();
      await editLayer(driver, 'layer', (root) => {
        put(root, 'lower/sub/new');
        chmodSync(join(root, 'lower'), 0o711);
      });
      assert.deepEqual(numbers(), before);
      assert.equal(textOf(watcher.path, 'lower/sub/new'), 'lower/sub/new');
    },
  },
  {
    id: 'content/the-working-directory-can-be-asked-for',
    title: 'a program in a lower directory is told its working directory, before and after it writes there',
    issue: 'https://github.com/moby/moby/issues/19082',
    covers: ['containerd:issues.go GetCWD'],
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'a/b/file'));
      await makeWritable(driver, 'layer', undefined, 'base');
      await editLayer(driver, 'layer', async (root) => {
        const script = 'pwd -P; echo more >> file; chmod 711 .; cd "$PWD"; pwd -P';
        const { stdout } = await run('/bin/sh', ['-c', script], { cwd: join(root, 'a/b') });
        const directory = realpathSync(join(root, 'a/b'));
        assert.deepEqual(stdout.trim().split('\n'), [directory, directory]);
        assert.equal(textOf(root, 'a/b/file'), 'a/b/filemore\n');
      });
    },
  },
  {
    id: 'content/a-lower-file-can-be-made-executable',
    title: 'chmod of a lower file shows at once and runs the file, whose content stays',
    issue: 'https://github.com/docker/machine/issues/3327',
    covers: ['containerd:issues.go Chmod'],
    run: async (context) => {
      const { driver } = context;
      const script = '#!/bin/sh\necho ran\n';
      await makeLayer(driver, 'base', (root) => put(root, 'bin/tool', script));
      await makeLayer(
        driver,
        'layer',
        async (root) => {
          chmodSync(join(root, 'bin/tool'), 0o755);
          assert.equal((await run(join(root, 'bin/tool'), [])).stdout.trim(), 'ran');
        },
        'base',
      );
      await viewing(context, 'layer', (root) => {
        assert.equal(statSync(join(root, 'bin/tool')).mode & 0o7777, 0o755);
        assert.equal(textOf(root, 'bin/tool'), script);
      });
      await viewing(context, 'base', (root) => assert.equal(statSync(join(root, 'bin/tool')).mode & 0o7777, 0o644));
    },
  },
];

function inodeOf(path: string): bigint {
  return lstatSync(path, { bigint: true }).ino;
}

/** Goes through the directory's descriptor, because a socket's path may not be longer than 107 bytes. */
async function greetThroughSocket(directory: string): Promise<void> {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  const server = createServer((peer) => peer.end('hello'));
  try {
    const path = `/proc/self/fd/${descriptor}/socket`;
    server.listen(path);
    await once(server, 'listening');
    const received: Buffer[] = [];
    for await (const chunk of connect(path)) received.push(Buffer.from(chunk));
    assert.equal(Buffer.concat(received).toString(), 'hello');
    assert.ok(lstatSync(path).isSocket(), 'what was listened on is no socket');
  } finally {
    server.close();
    await once(server, 'close'); // A connection keeps the mount busy.
    closeSync(descriptor);
  }
}
