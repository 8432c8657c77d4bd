import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeNode } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { put } from '../staging/files.ts';
import { assertRefused, makeLayer, makeWritable } from '../staging/layers.ts';

/** Reading single files of a layer without mounting it. */
export const layerFileChecks: readonly Check[] = [
  {
    id: 'file/content-size-and-mode',
    title: 'a file of the layer or of one below can be read without a mount, with its size and its mode',
    covers: ['moby:DiffGetterDriver'],
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'usr/bin/tool', 'old', { mode: 0o4755 }));
      await makeLayer(driver, 'middle', (root) => put(root, 'etc/conf', 'middle'), 'base');
      await makeWritable(driver, 'top', (root) => put(root, 'etc/conf', 'the newest'), 'middle');
      const read = async (id: string, path: string) => {
        await using file = await driver.openLayerFile(id, path);
        return [file.size, file.mode, (await contentOf(file.content())).toString()];
      };
      assert.deepEqual(await read('top', '/usr/bin/tool'), [3, 0o4755, 'old']);
      assert.deepEqual(await read('top', '/etc/conf'), [10, 0o644, 'the newest']);
      assert.deepEqual(await read('middle', '/etc/conf'), [6, 0o644, 'middle']);
      assert.deepEqual(await driver.holders('top'), []);
    },
  },
  {
    id: 'file/links-are-not-followed',
    title: 'a symbolic link, or a path through one, is FILE_NOT_FOUND, wherever it points',
    run: async (context) => {
      const { driver } = context;
      const outside = await context.scratch();
      put(outside, 'secret', 'of the host');
      await makeLayer(driver, 'base', (root) => {
        put(root, 'dir/file');
        symlinkSync('dir', join(root, 'way'));
        symlinkSync('dir/file', join(root, 'link'));
        symlinkSync(outside, join(root, 'out'));
        symlinkSync(`${outside}/secret`, join(root, 'straight-out'));
      });
      await driver.create('layer', { parent: 'base' });
      for (const id of ['base', 'layer']) {
        for (const path of ['/link', '/way/file', '/out/secret', '/straight-out']) {
          await assertRefused(driver.openLayerFile(id, path), 'FILE_NOT_FOUND', `${path} of ${id}`);
        }
      }
    },
  },
  {
    id: 'file/what-is-no-file-is-not-found',
    title: 'a directory, a fifo, a deleted file, a missing one and one under a file are FILE_NOT_FOUND',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => {
        for (const path of ['deleted', 'dir/hidden', 'file']) put(root, path);
        makeNode(join(root, 'fifo'), 0o010644, 0);
      });
      await makeWritable(
        driver,
        'layer',
        (root) => {
          unlinkSync(join(root, 'deleted'));
          unlinkSync(join(root, 'dir/hidden'));
          mkdirSync(join(root, 'made'));
        },
        'base',
      );
      for (const path of ['/deleted', '/dir/hidden', '/dir', '/fifo', '/made', '/missing', '/file/under', '/']) {
        await assertRefused(driver.openLayerFile('layer', path), 'FILE_NOT_FOUND', path);
      }
      await assertRefused(driver.openLayerFile('missing', '/file'), 'LAYER_NOT_FOUND', 'a file of a missing layer');
    },
  },
  {
    id: 'file/nothing-outside-can-be-opened',
    title: 'a path with `..` in it opens nothing outside the layer',
    run: async (context) => {
      const { driver } = context;
      put(driver.root, 'secret-of-the-driver', 'secret');
      await makeLayer(driver, 'base', (root) => put(root, 'dir/file'));
      for (const up of ['..', '../..', '../../..', 'dir/../..', 'dir/../../..', '/dir/../../../..']) {
        const opened = driver.openLayerFile('base', `/${up}/secret-of-the-driver`);
        const outcome = await opened.then(
          (file) => file.close().then(() => 'opened'),
          () => 'refused',
        );
        assert.equal(outcome, 'refused', `/${up}/secret-of-the-driver`);
      }
    },
  },
  {
    id: 'file/large-and-sparse-content',
    title: 'large and sparse files are read whole and exactly',
    run: async ({ driver }) => {
      const large = Buffer.from(Array.from({ length: 3_000_001 }, (_, index) => (index * 7 + (index >> 9)) & 255));
      await makeLayer(driver, 'layer', (root) => {
        put(root, 'large', large);
        const file = openSync(join(root, 'sparse'), 'w');
        ftruncateSync(file, 5_000_000);
        writeSync(file, 'in the middle', 2_500_000);
        closeSync(file);
        put(root, 'empty', '');
      });
      const sparse = Buffer.alloc(5_000_000);
      sparse.write('in the middle', 2_500_000);
      for (const [path, expected] of [
        ['/large', large],
        ['/sparse', sparse],
        ['/empty', Buffer.alloc(0)],
      ] as const) {
        await using file = await driver.openLayerFile('layer', path);
        const content = await contentOf(file.content());
        assert.ok(content.equals(expected), `${path} was read as ${content.length} other bytes`);
        assert.equal(file.size, expected.length);
      }
    },
  },
  {
    id: 'file/paths-of-any-bytes',
    title: 'a file whose name is not UTF-8 is opened by the bytes of its path',
    run: async ({ driver }) => {
      await makeLayer(driver, 'layer', (root) => put(root, 'dir-\xff/file-\xe4', 'content'));
      await using file = await driver.openLayerFile('layer', Buffer.from('/dir-\xff/file-\xe4', 'latin1'));
      assert.equal((await contentOf(file.content())).toString(), 'content');
    },
  },
];

async function contentOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
