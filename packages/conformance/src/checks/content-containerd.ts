import assert from 'node:assert/strict';
import {
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimes } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { errorCodeOf, isThere, look, makeDirectories, put, textOf } from '../staging/files.ts';
import { editLayer, makeLayer, makeWritable, viewing } from '../staging/layers.ts';
import { LONG_AGO } from '../staging/times.ts';

/** Bugs that engines had with their drivers, first collected by containerd's snapshotter suite. */
export const contentContainerdChecks: readonly Check[] = [
  {
    id: 'content/an-update-of-the-same-size-and-time-shows',
    title: 'five layers that each rewrite a file with the same size and the same time each show their own content',
    issue: 'https://github.com/moby/moby/issues/21555',
    covers: ['containerd:checkLayerFileUpdate'],
    run: async (context) => {
      const { driver } = context;
      const write = (round: number) => (root: string) => {
        put(root, 'f', `round ${round}`);
        setTimes(join(root, 'f'), { mtime: LONG_AGO });
      };
      await makeLayer(driver, 'round-0', write(0));
      for (let round = 1; round <= 5; round++)
        await makeLayer(driver, `round-${round}`, write(round), `round-${round - 1}`);
      for (let round = 0; round <= 5; round++) {
        await viewing(context, `round-${round}`, (root) => assert.equal(textOf(root, 'f'), `round ${round}`));
      }
    },
  },
  {
    id: 'content/a-recreated-directory-hides-the-old-one',
    title: 'a directory that is removed and made again is empty, also for the layers on top',
    issue: 'https://github.com/moby/moby/issues/25244',
    covers: ['containerd:checkRemoveDirectoryInLowerLayer'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'dir/sub/old'));
      await makeLayer(
        driver,
        'again',
        (root) => {
          rmSync(join(root, 'dir'), { recursive: true });
          makeDirectories(root, 'dir');
        },
        'base',
      );
      await makeLayer(driver, 'top', (root) => put(root, 'dir/new'), 'again');
      await viewing(context, 'again', (root) => assert.deepEqual(readdirSync(join(root, 'dir')), []));
      await viewing(context, 'top', (root) => assert.deepEqual(readdirSync(join(root, 'dir')), ['new']));
      await viewing(context, 'base', (root) => assert.equal(textOf(root, 'dir/sub/old'), 'dir/sub/old'));
    },
  },
  {
    id: 'content/owners-go-up-the-chain',
    title: 'an owner that a layer changes shows in every layer on top, and in none below',
    issue: 'https://github.com/moby/moby/issues/20240',
    covers: ['containerd:checkChown', 'moby#24913', 'moby#28391'],
    run: async (context) => {
      const { driver } = context;
      const paths = ['opt', 'opt/a', 'opt/b', 'opt/link'];
      await makeLayer(driver, 'base', (root) => {
        put(root, 'opt/a');
        put(root, 'opt/b');
        linkSync(join(root, 'opt/b'), join(root, 'opt/link'));
      });
      await makeLayer(
        driver,
        'owned',
        (root) => {
          for (const path of paths) lchownSync(join(root, path), 1234, 5678);
        },
        'base',
      );
      await makeLayer(driver, 'written', (root) => put(root, 'opt/a', 'written', { uid: 1234, gid: 5678 }), 'owned');
      await makeLayer(driver, 'top', (root) => put(root, 'etc/other'), 'written');
      const owners = (root: string) => paths.map((path) => statSync(join(root, path)).uid);
      await viewing(context, 'base', (root) => assert.deepEqual(owners(root), [0, 0, 0, 0]));
      for (const id of ['owned', 'written', 'top']) {
        await viewing(context, id, (root) => assert.deepEqual(owners(root), [1234, 1234, 1234, 1234], id));
      }
    },
  },
  {
    id: 'content/directory-modes-outlast-a-commit',
    title: 'the mode and owner of a directory that a layer changes and adds to are kept by commit',
    issue: 'https://github.com/moby/moby/issues/27298',
    covers: ['containerd:checkDirectoryPermissionOnCommit'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'dir1/a'));
      await makeLayer(
        driver,
        'changed',
        (root) => {
          look(root, 'dir1', { mode: 0o700, uid: 777, gid: 778 });
          put(root, 'dir1/b');
          makeDirectories(root, 'dir2', { mode: 0o2750, uid: 779, gid: 780 });
        },
        'base',
      );
      await makeLayer(driver, 'top', (root) => put(root, 'dir1/c'), 'changed');
      for (const id of ['changed', 'top']) {
        await viewing(context, id, async (root) => {
          const tree = await snapshotTree(root);
          const looks = (path: string) => [tree.get(path)?.mode, tree.get(path)?.uid, tree.get(path)?.gid];
          assert.deepEqual(
            [looks('dir1'), looks('dir2')],
            [
              [0o700, 777, 778],
              [0o2750, 779, 780],
            ],
            id,
          );
        });
      }
    },
  },
  {
    id: 'content/a-lower-file-can-be-moved-and-its-link-removed',
    title: 'a lower file can be linked, its old name removed, and the new one moved over another lower file',
    covers: ['containerd:checkFileFromLowerLayer'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => {
        put(root, 'dir1/f1', 'one');
        put(root, 'dir2/f2', 'two');
      });
      await makeLayer(
        driver,
        'moved',
        (root) => {
          linkSync(join(root, 'dir1/f1'), join(root, 'dir2/f1'));
          unlinkSync(join(root, 'dir1/f1'));
          renameSync(join(root, 'dir2/f1'), join(root, 'dir2/f2'));
        },
        'base',
      );
      await viewing(context, 'moved', (root) => {
        assert.deepEqual([readdirSync(join(root, 'dir1')), readdirSync(join(root, 'dir2'))], [[], ['f2']]);
        assert.equal(textOf(root, 'dir2/f2'), 'one');
      });
      await viewing(context, 'base', (root) =>
        assert.equal(textOf(root, 'dir1/f1') + textOf(root, 'dir2/f2'), 'onetwo'),
      );
    },
  },
  {
    id: 'content/a-lower-directory-can-be-renamed',
    title: 'a directory with lower content can be renamed, and everything in it comes along',
    issue: 'https://github.com/moby/moby/issues/25409',
    covers: ['containerd:checkRename'],
    requires: ({ renameLowerDirectory }) =>
      renameLowerDirectory ? null : 'The driver does not promise to rename lower directories.',
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'dir1/sub/a'));
      await makeLayer(
        driver,
        'moved',
        (root) => {
          put(root, 'dir1/sub/b');
          renameSync(join(root, 'dir1'), join(root, 'dir2'));
        },
        'base',
      );
      await viewing(context, 'moved', (root) => {
        assert.deepEqual(readdirSync(join(root, 'dir2/sub')).sort(), ['a', 'b']);
        assert.ok(!isThere(root, 'dir1'), 'the old name is still there');
      });
    },
  },
  {
    id: 'content/renaming-a-lower-directory-is-refused-without-the-promise',
    title: 'renaming a directory with lower content fails with EXDEV, and one without is renamed',
    issue: 'https://github.com/moby/moby/issues/25409',
    requires: ({ renameLowerDirectory }) =>
      renameLowerDirectory ? 'The driver promises to rename lower directories.' : null,
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'dir1/a'));
      await makeWritable(driver, 'layer', undefined, 'base');
      await editLayer(driver, 'layer', (root) => {
        mkdirSync(join(root, 'fresh'));
        assert.equal(
          errorCodeOf(() => renameSync(join(root, 'fresh'), join(root, 'dir2'))),
          null,
        );
        assert.equal(
          errorCodeOf(() => renameSync(join(root, 'dir1'), join(root, 'dir3'))),
          'EXDEV',
        );
        assert.ok(
          existsSync(join(root, 'dir1/a')) && !existsSync(join(root, 'dir3')),
          'a refused rename changed something',
        );
      });
    },
  },
];
