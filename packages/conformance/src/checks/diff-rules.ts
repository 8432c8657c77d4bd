import assert from 'node:assert/strict';
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeNode, setTimes } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { bytePath } from '../staging/byte-path.ts';
import { openForWriting, put } from '../staging/files.ts';
import {
  assertRefused,
  assertView,
  changeLines,
  diffBytes,
  editLayer,
  makeLayer,
  makeWritable,
  snapshotLayer,
  streamOf,
} from '../staging/layers.ts';

/** Single rules of `changes` and `diff` that a comparison of whole trees would not tell apart. */
export const diffRuleChecks: readonly Check[] = [
  {
    id: 'diff/an-edit-in-the-same-instant-is-found',
    title: 'an edit that leaves size and time as they were is found, right after the layer was made and later',
    issue: 'https://github.com/moby/moby/issues/21555',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => {
        for (const name of ['at-once', 'later', 'never']) put(root, `dir/${name}`, 'before');
      });
      await driver.create('layer', { parent: 'base' });
      await editLayer(driver, 'layer', (root) => rewriteUnnoticed(join(root, 'dir/at-once'), 'after!'));
      await setTimeout(30);
      await editLayer(driver, 'layer', (root) => rewriteUnnoticed(join(root, 'dir/later'), 'after!'));
      assert.deepEqual(await changeLines(driver, 'layer'), ['C /dir', 'C /dir/at-once', 'C /dir/later']);
      const other = await makeCopy(driver, 'layer', 'base');
      await editLayer(driver, other, (root) => assert.equal(readFileSync(join(root, 'dir/later'), 'latin1'), 'after!'));
    },
  },
  {
    id: 'diff/opening-for-writing-is-no-change',
    title: 'a file that was opened for writing, or rewritten with what it held and its old time, is no change',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => {
        for (const name of ['opened', 'rewritten']) put(root, `dir/${name}`, 'content');
      });
      await makeWritable(
        driver,
        'layer',
        (root) => {
          openForWriting(root, 'dir/opened');
          rewriteUnnoticed(join(root, 'dir/rewritten'), 'content');
        },
        'base',
      );
      assert.deepEqual(await driver.changes('layer'), []);
      assert.equal(await driver.diffSize('layer'), 0);
    },
  },
  {
    id: 'diff/a-directory-above-a-change-is-a-change',
    title: 'every directory above a change is a `modify`, but not the root',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'a/b/c/d/file'));
      await makeWritable(
        driver,
        'layer',
        (root) => writeFileSync(join(root, 'a/b/c/d/file'), 'longer than before'),
        'base',
      );
      const expected = ['C /a', 'C /a/b', 'C /a/b/c', 'C /a/b/c/d', 'C /a/b/c/d/file'];
      assert.deepEqual(await changeLines(driver, 'layer'), expected);
    },
  },
  {
    id: 'diff/echo-at-every-depth',
    title: 'deleting a path at depth 0 to 9 and making it again in the next layer lists the ancestors and just that',
    covers: ['containers/storage:DriverTestEcho'],
    run: async ({ driver }) => {
      const names = Array.from({ length: 10 }, (_, index) => `${index}`);
      const upTo = (depth: number) => names.slice(0, depth + 1).join('/');
      await makeLayer(driver, 'full', (root) => put(root, `${upTo(8)}/9`));
      for (let depth = 0; depth < 10; depth++) {
        const ancestors = names.slice(0, depth).map((_, index) => `C /${upTo(index)}`);
        await makeLayer(
          driver,
          `gone-${depth}`,
          (root) => rmSync(join(root, upTo(depth)), { recursive: true }),
          'full',
        );
        assert.deepEqual(await changeLines(driver, `gone-${depth}`), [...ancestors, `D /${upTo(depth)}`]);
        await makeLayer(driver, `back-${depth}`, (root) => put(root, `${upTo(8)}/9`), `gone-${depth}`);
        const added = names.slice(depth).map((_, index) => `A /${upTo(depth + index)}`);
        assert.deepEqual(await changeLines(driver, `back-${depth}`), [...ancestors, ...added]);
      }
    },
  },
  {
    id: 'diff/paths-that-are-not-text-have-raw-paths',
    title: 'a path that is not UTF-8 shows with U+FFFD and has `rawPath`; any other has none',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer', (root) => {
        writeFileSync(bytePath(root, 'bad-\xff'), 'x');
        writeFileSync(bytePath(root, 'good-\xc3\xa4'), 'x');
        writeFileSync(bytePath(root, 'told-\xef\xbf\xbd'), 'x');
      });
      const changes = await driver.changes('layer');
      assert.deepEqual(
        changes.map(({ path }) => path),
        ['/bad-\ufffd', '/good-\u00e4', '/told-\ufffd'],
      );
      const raw = changes.map(({ rawPath }) =>
        rawPath === undefined ? null : Buffer.from(rawPath).toString('latin1'),
      );
      assert.deepEqual(raw, ['/bad-\xff', null, null]);
    },
  },
  {
    id: 'diff/deletions-travel-as-whiteouts',
    title: 'a deletion is an empty `.wh.` entry in the archive, and no archive has an opaque marker',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => {
        for (const path of ['dir/a', 'dir/b', 'gone']) put(root, path);
      });
      await makeWritable(
        driver,
        'layer',
        (root) => {
          rmSync(join(root, 'gone'));
          rmSync(join(root, 'dir'), { recursive: true });
          put(root, 'dir/b', 'another b');
        },
        'base',
      );
      const names = namesIn(await diffBytes(driver, 'layer'));
      assert.deepEqual(names, ['.wh.gone', 'dir/', 'dir/.wh.a', 'dir/b'].sort());
    },
  },
  {
    id: 'diff/names-that-mean-a-whiteout-are-refused',
    title: 'a real file named `.wh.x` makes diff fail with UNREPRESENTABLE instead of deleting x elsewhere',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer', (root) => put(root, 'dir/.wh.x'));
      await assertRefused(diffBytes(driver, 'layer'), 'UNREPRESENTABLE', 'diff of a file named .wh.x');
    },
  },
  {
    id: 'diff/sockets-are-left-out',
    title: 'a socket is left out of the archive, which tar has no word for, and the rest is there',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer', (root) => {
        makeNode(join(root, 'socket'), 0o140755, 0);
        put(root, 'file');
      });
      const other = await makeCopy(driver, 'layer');
      await editLayer(driver, other, (root) => {
        assert.equal(lstatSync(join(root, 'socket'), { throwIfNoEntry: false }), undefined);
        assert.ok(lstatSync(join(root, 'file')).isFile());
      });
    },
  },
  {
    id: 'diff/holds-the-layer-until-it-ends',
    title: 'a layer cannot be removed while its diff is read, and can be when the diff has ended or was closed early',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer', (root) => put(root, 'big', Buffer.alloc(3_000_000, 'x')));
      const stream = driver.diff('layer')[Symbol.asyncIterator]();
      await stream.next();
      await assertRefused(driver.remove('layer'), 'LAYER_IN_USE', 'remove during a diff');
      await stream.return?.();
      await diffBytes(driver, 'layer');
      await driver.remove('layer');
      assert.equal(await driver.exists('layer'), false);
    },
  },
  {
    id: 'diff/can-be-aborted',
    title: 'an aborted diff fails with ABORTED, and lets go of the layer',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer', (root) => put(root, 'big', Buffer.alloc(8_000_000, 'x')));
      const stop = new AbortController();
      const reading = (async () => {
        for await (const _ of driver.diff('layer', { signal: stop.signal })) stop.abort();
      })();
      await assertRefused(reading, 'ABORTED', 'an aborted diff');
      await assertRefused(driver.changes('layer', { signal: AbortSignal.abort() }), 'ABORTED', 'aborted changes');
      await driver.remove('layer');
    },
  },
  {
    id: 'diff/makes-layers-from-templates',
    title: 'a layer made from the diff of another one, on the same parent, shows the same and has the same changes',
    covers: ['containers/storage:DriverTestCreateFromTemplate', 'containers/storage:apply-diff.bats'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'base-file'));
      await makeLayer(driver, 'template', (root) => put(root, 'dir/template-file'), 'base');
      const copy = await makeCopy(driver, 'template', 'base');
      await driver.commit(copy);
      assert.deepEqual(await driver.changes(copy, { base: 'template' }), []);
      assert.deepEqual(await changeLines(driver, copy), ['A /dir', 'A /dir/template-file']);
      await assertView(context, copy, await snapshotLayer(context, 'template'));
    },
  },
];

/** Rewrites a file in place and gives it its old time back. */
function rewriteUnnoticed(path: string, content: string): void {
  const { mtimeNs } = lstatSync(path, { bigint: true });
  writeFileSync(path, content, { flag: 'r+' });
  setTimes(path, { mtime: mtimeNs });
}

/** Makes another layer on `parent` out of the diff of `id`, and returns its id. */
async function makeCopy(driver: Parameters<typeof diffBytes>[0], id: string, parent?: string): Promise<string> {
  await makeWritable(driver, `${id}-copy`, undefined, parent);
  await driver.applyDiff(`${id}-copy`, streamOf(await diffBytes(driver, id)));
  return `${id}-copy`;
}

/** The names in an archive of small entries without extended headers of their own name. */
function namesIn(archive: Buffer): string[] {
  const names: string[] = [];
  for (let offset = 0; offset < archive.length && archive[offset] !== 0; ) {
    const header = archive.subarray(offset, offset + 512);
    const type = header.toString('latin1', 156, 157);
    if (type !== 'x') names.push(header.toString('latin1', 0, 100).replace(/\0.*$/s, ''));
    offset += 512 + Math.ceil(Number.parseInt(header.toString('latin1', 124, 135), 8) / 512) * 512;
  }
  return names.sort();
}
