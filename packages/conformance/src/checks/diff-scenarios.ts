import {
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makedev, makeNode, removeXattr, setTimes, writeXattr } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { bytePath } from '../staging/byte-path.ts';
import { look, makeDirectories, openForWriting, put } from '../staging/files.ts';
import { assertScenario, type Scenario } from '../staging/scenario.ts';

const FIFO = 0o010644;
const CHARACTER = 0o020600;

/** One character per byte: the last but two are not UTF-8. */
const ODD_NAMES = [
  ' leading',
  'trailing ',
  'new\nline',
  'back\\slash',
  'colon:comma,',
  'tab\t',
  '.hidden',
  '..twodots',
  '-dash',
  '*?[x]',
  '\x01\x7f',
  '\xff\xfe',
  'latin-\xe4',
  'utf8-\xc3\xa4',
  'n'.repeat(255),
];

/** Changes of every kind, each held to plain directories in its view, list, archive, size and copy. */
export const diffScenarioChecks: readonly Check[] = [
  scenarioCheck('added-modified-and-deleted-files', 'Files that are added, modified and deleted', {
    covers: ['moby:DriverTestChanges', 'moby:DriverTestDiffApply', 'containers/storage:DriverTestDiffApply'],
    stage: (root) => {
      for (let index = 0; index < 20; index++) put(root, `dir-${index % 3}/file-${index}`);
    },
    edit: (root) => {
      for (let index = 0; index < 20; index++) {
        const path = `dir-${index % 3}/file-${index}`;
        if (index % 3 === 0) put(root, path, `changed ${index}`);
        if (index % 3 === 1) put(root, `${path}-new`);
        if (index % 3 === 2) unlinkSync(join(root, path));
      }
    },
  }),
  scenarioCheck('deleted-directories', 'Directories deleted whole, at several depths', {
    stage: (root) => {
      for (const path of ['a/b/c/d', 'a/b/e', 'a/f', 'g/h/i', 'var/lib/x']) put(root, path);
    },
    edit: (root) => {
      for (const path of ['a/b/c', 'g', 'var/lib']) rmSync(join(root, path), { recursive: true });
    },
  }),
  scenarioCheck('recreated-directories', 'Directories deleted and made again with other content, twice over', {
    issue: 'https://github.com/moby/moby/issues/25244',
    stage: (root) => {
      for (const path of ['dir/keep', 'dir/gone', 'dir/sub/x', 'dir/sub/y', 'other/z']) put(root, path);
    },
    edit: (root) => {
      rmSync(join(root, 'dir'), { recursive: true });
      put(root, 'dir/keep', 'kept under another content');
      put(root, 'dir/sub/new');
      rmSync(join(root, 'dir/sub'), { recursive: true });
      put(root, 'dir/sub/x');
      rmSync(join(root, 'other'), { recursive: true });
      mkdirSync(join(root, 'other'), { mode: 0o700 });
    },
  }),
  scenarioCheck('type-changes', 'Files, directories, links and fifos that become one another', {
    stage: (root) => {
      for (const path of ['to-dir', 'to-link', 'to-fifo', 'dir-to-file/a/b', 'dir-to-link/a']) put(root, path);
      symlinkSync('to-dir', join(root, 'link-to-file'));
      symlinkSync('dir-to-file', join(root, 'link-to-dir'));
      makeNode(join(root, 'fifo-to-file'), FIFO, 0);
    },
    edit: (root) => {
      const paths = [
        'to-dir',
        'to-link',
        'to-fifo',
        'dir-to-file',
        'dir-to-link',
        'link-to-file',
        'link-to-dir',
        'fifo-to-file',
      ];
      for (const path of paths) rmSync(join(root, path), { recursive: true });
      for (const path of ['to-dir/in/it', 'dir-to-file', 'link-to-file', 'link-to-dir/in', 'fifo-to-file'])
        put(root, path);
      symlinkSync('nowhere', join(root, 'to-link'));
      symlinkSync('to-dir', join(root, 'dir-to-link'));
      makeNode(join(root, 'to-fifo'), FIFO, 0);
    },
  }),
  scenarioCheck('metadata-alone', 'Modes, owners, times and attributes alone, of files, directories and links', {
    stage: (root) => {
      for (const path of ['chmod', 'chown', 'time', 'xattr', 'xattr-gone', 'd/chmod', 'd/time', 'e/chown', 'untouched'])
        put(root, path);
      symlinkSync('target', join(root, 'link'));
      writeXattr(join(root, 'xattr-gone'), 'trusted.old', Buffer.from('old'));
      writeXattr(join(root, 'd'), 'trusted.old', Buffer.from('old'));
    },
    edit: (root) => {
      chmodSync(join(root, 'chmod'), 0o4511);
      lchownSync(join(root, 'chown'), 4_000_000_000, 7);
      setTimes(join(root, 'time'), { mtime: 86_400_000_000_000n });
      writeXattr(join(root, 'xattr'), 'trusted.new', Buffer.from([0, 1, 255]));
      removeXattr(join(root, 'xattr-gone'), 'trusted.old');
      writeXattr(join(root, 'd'), 'trusted.old', Buffer.from('new'));
      chmodSync(join(root, 'd/chmod'), 0o000);
      look(root, 'e', { mode: 0o1777, uid: 3, gid: 4 });
      lchownSync(join(root, 'link'), 5, 6);
    },
  }),
  scenarioCheck('a-name-joining-a-lower-file', 'A new hard link to a lower file, and others taken away', {
    issue: 'https://github.com/moby/moby/issues/5632',
    stage: (root) => {
      for (const path of ['alone', 'pair-1', 'dir/x']) put(root, path);
      linkSync(join(root, 'pair-1'), join(root, 'pair-2'));
    },
    edit: (root) => {
      linkSync(join(root, 'alone'), join(root, 'dir/alone-too'));
      unlinkSync(join(root, 'pair-1'));
      put(root, 'new-1');
      linkSync(join(root, 'new-1'), join(root, 'a-new-2'));
    },
  }),
  scenarioCheck('renamed-files', 'Lower files renamed, over one another and into new directories', {
    stage: (root) => {
      for (const path of ['a', 'b', 'c', 'dir/d', 'dir/e']) put(root, path, `content of ${path}`);
    },
    edit: (root) => {
      renameSync(join(root, 'a'), join(root, 'b'));
      mkdirSync(join(root, 'new'));
      renameSync(join(root, 'dir/d'), join(root, 'new/d'));
      renameSync(join(root, 'c'), join(root, 'temporary'));
      renameSync(join(root, 'temporary'), join(root, 'c'));
    },
  }),
  scenarioCheck('the-root-directory', 'Another mode, owner and attribute of the root directory', {
    stage: (root) => put(root, 'file'),
    edit: (root) => {
      look(root, '', { mode: 0o1775, uid: 8, gid: 9 });
      writeXattr(root, 'trusted.root', Buffer.from('yes'));
    },
  }),
  scenarioCheck(
    'names-of-any-bytes',
    'Names with spaces, newlines, dots, bytes that are not UTF-8, and of full length',
    {
      stage: (root) => {
        for (const name of ODD_NAMES) writeFileSync(bytePath(root, `${name}-old`.slice(-255)), 'old');
      },
      edit: (root) => {
        for (const [index, name] of ODD_NAMES.entries()) {
          writeFileSync(bytePath(root, name), 'new');
          if (index % 2 === 0) unlinkSync(bytePath(root, `${name}-old`.slice(-255)));
        }
      },
    },
  ),
  scenarioCheck('paths-in-byte-order', 'Names that sort differently by path than by directory', {
    stage: (root) => makeDirectories(root, 'a/x'),
    edit: (root) => {
      for (const path of ['a/x/1', 'a.b', 'a-b/c', 'a/y', 'aa', 'B', 'a b']) put(root, path);
    },
  }),
  scenarioCheck('special-files', 'Devices and fifos added, changed and removed', {
    stage: (root) => {
      makeNode(join(root, 'null'), CHARACTER, makedev(1, 3));
      makeNode(join(root, 'zero'), CHARACTER, makedev(1, 5));
      makeNode(join(root, 'pipe'), FIFO, 0);
    },
    edit: (root) => {
      unlinkSync(join(root, 'null'));
      makeNode(join(root, 'null'), CHARACTER, makedev(250, 200_000));
      unlinkSync(join(root, 'pipe'));
      makeNode(join(root, 'loop'), 0o060640, makedev(7, 300));
      chmodSync(join(root, 'zero'), 0o666);
    },
  }),
  scenarioCheck('untouched-and-merely-opened-files', 'One change among files that were only opened for writing', {
    stage: (root) => {
      for (const path of ['opened', 'dir/opened', 'dir/changed', 'emptied']) put(root, path);
    },
    edit: (root) => {
      openForWriting(root, 'opened');
      openForWriting(root, 'dir/opened');
      put(root, 'dir/changed', 'another content');
      truncateSync(join(root, 'emptied'), 0);
    },
  }),
];

interface ScenarioCheck extends Scenario {
  readonly covers?: readonly string[];
  readonly issue?: string;
}

function scenarioCheck(words: string, subject: string, { covers, issue, ...scenario }: ScenarioCheck): Check {
  return {
    id: `diff/${words}`,
    title: `${subject}: view, changes, archive, size and copy are those of plain directories`,
    ...(covers === undefined ? {} : { covers }),
    ...(issue === undefined ? {} : { issue }),
    run: (context) => assertScenario(context, scenario),
  };
}
