import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makedev, makeNode, setTimes, writeXattr } from '@graphdriver/host';
import type { Check } from '../check.ts';
import type { CompareOptions } from '../oracle/compare-snapshots.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { bytePath } from '../staging/byte-path.ts';
import { look, makeDirectories, put } from '../staging/files.ts';
import { assertView, diffBytes, type Edit, makeLayer, makeWritable, streamOf } from '../staging/layers.ts';
import { assertScenario, settled } from '../staging/scenario.ts';
import { LATER } from '../staging/times.ts';

/** Everything that a file can be has to come through a layer, its archive, and a layer made of that. */
export const archiveFidelityChecks: readonly Check[] = [
  fidelityCheck('modes', 'All permission bits, set-user-id, set-group-id and sticky', (root) => {
    for (const mode of [0o0000, 0o0001, 0o0222, 0o0444, 0o0777, 0o1644, 0o2755, 0o4711, 0o7777]) {
      put(root, `file-${mode.toString(8)}`, 'x', { mode, uid: 3, gid: 4 });
      makeDirectories(root, `directory-${mode.toString(8)}`, { mode, uid: 3, gid: 4 });
    }
  }),
  fidelityCheck('owners', 'Owners up to 4294967294, of files, directories and links', (root) => {
    for (const owner of [1, 65_534, 65_536, 2_097_151, 2_097_152, 2 ** 31, 2 ** 32 - 2]) {
      put(root, `file-${owner}`, 'x', { uid: owner, gid: 2 ** 32 - 2 - owner });
      makeDirectories(root, `directory-${owner}`, { uid: owner, gid: 1 });
      symlinkSync('target', join(root, `link-${owner}`));
      lchownSync(join(root, `link-${owner}`), owner, owner);
    }
  }),
  fidelityCheck(
    'times',
    'Times to the precision that the driver promises, before 1970 and after 2038',
    (root, granularity) => {
      const unit = BigInt(granularity);
      const times = [
        0n,
        1n,
        999_999_999n,
        -1n,
        -1_500_000_000n,
        1_234_567_890_123_456_789n,
        4_400_000_000_000_000_007n,
      ];
      for (const [index, time] of times.entries()) {
        put(root, `file-${index}`);
        makeDirectories(root, `directory-${index}`);
        symlinkSync('target', join(root, `link-${index}`));
        const mtime = (time / unit) * unit;
        for (const kind of ['file', 'directory', 'link']) setTimes(join(root, `${kind}-${index}`), { mtime });
      }
    },
  ),
  fidelityCheck(
    'attributes',
    'Extended attributes of any bytes and any length, of files, directories and links',
    (root) => {
      const everyByte = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      put(root, 'file');
      makeDirectories(root, 'directory');
      symlinkSync('target', join(root, 'link'));
      for (const name of ['file', 'directory', 'link']) {
        writeXattr(join(root, name), 'trusted.every-byte', everyByte);
        writeXattr(join(root, name), 'trusted.empty', Buffer.alloc(0));
        writeXattr(join(root, name), 'trusted.with=equals\nand newline', Buffer.from('a=b\nc'));
      }
      writeXattr(join(root, 'file'), 'user.long', Buffer.alloc(2000, '\x00\xff'));
      writeXattr(join(root, 'directory'), 'user.comment', Buffer.from('text'));
    },
  ),
  fidelityCheck('access-control-lists', 'Access control lists of files and the default ones of directories', (root) => {
    put(root, 'file', 'x', { mode: 0o640 });
    makeDirectories(root, 'directory', { mode: 0o750 });
    writeXattr(join(root, 'file'), 'system.posix_acl_access', ACL);
    writeXattr(join(root, 'directory'), 'system.posix_acl_access', ACL);
    writeXattr(join(root, 'directory'), 'system.posix_acl_default', ACL);
  }),
  fidelityCheck('file-capabilities', 'File capabilities, also of a file with another owner', (root) => {
    for (const [name, uid] of [
      ['ping', 0],
      ['owned', 1000],
    ] as const) {
      put(root, name, 'program', { mode: 0o755, uid, gid: uid });
      writeXattr(join(root, name), 'security.capability', CAP_NET_RAW);
    }
  }),
  fidelityCheck('hard-links', 'Groups of hard links, across directories, of files, links and devices', (root) => {
    for (const path of ['b/first', 'z-first', 'c/lonely']) put(root, path);
    linkSync(join(root, 'b/first'), join(root, 'a-second'));
    linkSync(join(root, 'b/first'), join(root, 'c/third'));
    linkSync(join(root, 'z-first'), join(root, 'b/z-second'));
    symlinkSync('anywhere', join(root, 'link'));
    linkSync(join(root, 'link'), join(root, 'c/link-too'));
    makeNode(join(root, 'pipe'), 0o010600, 0);
    linkSync(join(root, 'pipe'), join(root, 'c/pipe-too'));
  }),
  fidelityCheck('special-files', 'Devices with big numbers, fifos, and their modes and owners', (root) => {
    const devices = [
      [1, 3],
      [1, 5],
      [7, 300],
      [511, 262_143], // XFS keeps 9 bits of a major number, and 18 of a minor one.
      [0, 255],
    ] as const;
    for (const [major, minor] of devices) {
      makeNode(join(root, `character-${major}-${minor}`), 0o020666, makedev(major, minor));
      makeNode(join(root, `block-${major}-${minor}`), 0o060660, makedev(major, minor));
    }
    makeNode(join(root, 'fifo'), 0o010600, 0);
    look(root, 'fifo', { mode: 0o1622, uid: 5, gid: 6 });
  }),
  fidelityCheck(
    'names',
    'Names of 255 bytes, of bytes that are not UTF-8, with newlines, and ones that look like options',
    (root) => {
      for (const name of [
        'n'.repeat(255),
        '\xff\xfe\x80',
        'new\nline',
        '-rf',
        ' ',
        '~',
        '\x7f',
        'caf\xe9',
        'a\\b',
        '"quoted"',
      ]) {
        writeFileSync(bytePath(root, name), name);
        chmodSync(bytePath(root, name), 0o600);
      }
      symlinkSync(Buffer.from('\xff target\n', 'latin1'), bytePath(root, 'link-\xff'));
      linkSync(bytePath(root, '\xff\xfe\x80'), bytePath(root, 'z-\xff'));
    },
  ),
  fidelityCheck('long-paths-and-links', 'Paths of 3000 bytes, links of 1000, and empty directories', (root) => {
    const deep = Array.from({ length: 15 }, (_, index) => `${index}-`.padEnd(200, 'p')).join('/');
    put(root, `${deep}/file`);
    makeDirectories(root, `${deep}/empty/emptier`);
    symlinkSync('t'.repeat(1000), join(root, 'long-link'));
    symlinkSync('s'.repeat(100), join(root, 'link-of-100'));
    symlinkSync('dangling/../../..//odd/', join(root, 'odd-link'));
    put(root, 'x'.repeat(100));
    put(root, `${'y'.repeat(155)}/${'z'.repeat(100)}`);
    linkSync(join(root, deep, 'file'), join(root, 'linked-to-a-long-path'));
  }),
  fidelityCheck('sparse-files', 'Holes at the start, in the middle and at the end, of sparse files', putSparseFiles, {
    holes: true,
  }),
  fidelityCheck('file-sizes', 'Files of every size around the block sizes of tar and of file systems', (root) => {
    for (const size of [0, 1, 511, 512, 513, 1024, 4095, 4096, 4097, 65_536, 131_073, 1_048_577]) {
      put(root, `file-${size}`, Buffer.alloc(size, `${size} `));
    }
  }),
  {
    id: 'archive/keeps-a-huge-sparse-file',
    title: 'a sparse file larger than a header of tar can say keeps its holes and takes no time by its size',
    issue: 'https://github.com/moby/moby/issues/5419',
    run: async (context) => {
      const { driver } = context;
      const size = context.thorough ? 9 * 2 ** 30 : 2 ** 28 + 17;
      const edit = settled(context, (root) => putSparseFile(root, 'lastlog', size, [4096, size - 100]), LATER);
      const plain = await context.scratch();
      await edit(plain);
      await makeLayer(driver, 'layer', edit);
      const archive = await diffBytes(driver, 'layer');
      assert.ok(archive.length < 1 << 20, `the archive has ${archive.length} bytes`);
      await driver.create('copy');
      await driver.applyDiff('copy', streamOf(archive));
      await assertView(context, 'copy', await snapshotTree(plain), { holes: true });
    },
  },
  {
    id: 'archive/keeps-everything-in-a-chain',
    title: 'a layer in which everything that a file can be is changed on top of a parent comes through its archive',
    run: (context) =>
      assertScenario(context, {
        stage: (root) => {
          putSparseFiles(root);
          for (const path of ['plain', 'dir/capable', 'dir/listed']) put(root, path);
        },
        edit: (root) => {
          put(root, 'plain', 'y', { mode: 0o6755, uid: 2 ** 32 - 2, gid: 1 });
          writeXattr(join(root, 'dir/capable'), 'security.capability', CAP_NET_RAW);
          writeXattr(join(root, 'dir'), 'system.posix_acl_default', ACL);
          linkSync(join(root, 'sparse/middle'), join(root, 'dir/middle'));
          makeNode(join(root, 'dir/device'), 0o020600, makedev(10, 200));
          symlinkSync('t'.repeat(300), join(root, 'dir/link'));
        },
      }),
  },
];

/** user::rw- user:1000:r-- group::r-- mask::r-- other::---, as the kernel keeps it. */
const ACL = Buffer.from(
  '0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000000ffffffff',
  'hex',
);

/** cap_net_raw=ep, as the kernel keeps it (revision 2). */
const CAP_NET_RAW = Buffer.from('0100000200200000000000000000000000000000', 'hex');

function putSparseFiles(root: string): void {
  const megabyte = 1 << 20;
  const sparse: readonly (readonly [name: string, size: number, data: readonly number[]])[] = [
    ['start', 3 * megabyte, [2 * megabyte]],
    ['middle', 4 * megabyte + 1, [0, 4 * megabyte]],
    ['end', 3 * megabyte, [0]],
    ['nothing-else', 5 * megabyte, []],
    ['many', 16 * megabyte, Array.from({ length: 12 }, (_, index) => index * megabyte)],
  ];
  makeDirectories(root, 'sparse');
  for (const [name, size, data] of sparse) putSparseFile(root, `sparse/${name}`, size, data);
}

function putSparseFile(root: string, path: string, size: number, data: readonly number[]): void {
  const file = openSync(join(root, path), 'w', 0o644);
  ftruncateSync(file, size);
  for (const offset of data) writeSync(file, `data at ${offset}`, offset);
  closeSync(file);
}

/** Makes the same tree in a layer and a plain directory, and holds to it the layer, and one made of its archive, before and after commit. */
function fidelityCheck(
  words: string,
  subject: string,
  put: (root: string, granularity: number) => void,
  options: CompareOptions = {},
): Check {
  return {
    id: `archive/keeps-${words}`,
    title: `${subject} come through a layer, its archive, and a layer made of that archive`,
    run: async (context) => {
      const { driver, capabilities } = context;
      const edit: Edit = settled(context, (root) => put(root, capabilities.timestampGranularity), LATER);
      const plain = await context.scratch();
      await edit(plain);
      const expected = await snapshotTree(plain);
      await makeLayer(driver, 'layer', edit);
      await assertView(context, 'layer', expected, options);
      await makeWritable(driver, 'copy');
      await driver.applyDiff('copy', streamOf(await diffBytes(driver, 'layer')));
      await assertView(context, 'copy', expected, options);
    },
  };
}
