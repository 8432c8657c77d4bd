import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarEntry, writeTar } from '@graphdriver/archive';
import { commandExists, run } from '@graphdriver/host';
import { describe, expect, test } from 'vitest';
import { BuildLab } from './build-lab.ts';

function entry(path: string, more: Partial<TarEntry> = {}): TarEntry {
  const content = more.type === undefined || more.type === 'file' ? [Buffer.from(path)] : [];
  return {
    path,
    type: 'file',
    mode: 0o640,
    uid: 5,
    gid: 6,
    size: content[0]?.length ?? 0,
    mtime: 1_000_000_000_000_000_123n,
    linkTarget: '',
    rdev: 0,
    xattrs: new Map(),
    segments: null,
    content,
    ...more,
  };
}

async function tar(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const TREE = [
  entry('d', { type: 'directory', mode: 0o755 }),
  entry('d/file'),
  entry('d/link', { type: 'symlink', linkTarget: 'file' }),
  entry('d/same', { type: 'hardlink', linkTarget: 'd/file' }),
];

describe('ADD', () => {
  test('unpacks an archive into the directory, with owners, modes, times and links', async () => {
    using lab = new BuildLab();
    writeFileSync(join(lab.context, 'x.bin'), await tar(TREE));
    const { view, layers } = await lab.build('FROM scratch\nADD x.bin /to');
    const stat = lstatSync(join(view, 'to/d/file'), { bigint: true });
    expect([stat.uid, stat.gid, stat.mode & 0o7777n, stat.mtimeNs]).toEqual([
      5n,
      6n,
      0o640n,
      1_000_000_000_000_000_123n,
    ]);
    expect(readlinkSync(join(view, 'to/d/link'))).toBe('file');
    expect(statSync(join(view, 'to/d/same')).ino).toBe(Number(stat.ino));
    expect(layers).toBe(1);
  });

  test('--chown is for everything in it', async () => {
    using lab = new BuildLab();
    writeFileSync(join(lab.context, 'x'), await tar(TREE));
    const { view } = await lab.build('FROM scratch\nADD --chown=7:8 x /');
    for (const path of ['d', 'd/file', 'd/link']) {
      const { uid, gid } = lstatSync(join(view, path));
      expect([uid, gid]).toEqual([7, 8]);
    }
  });

  test.each(['gzip', 'bzip2', 'xz', 'zstd'])('unpacks what %s has compressed', async (command) => {
    if (!(await commandExists(command)))
      return expect(command, 'a compressor that this machine lacks').not.toBe('gzip');
    using lab = new BuildLab();
    const plain = join(lab.root, 'plain');
    writeFileSync(plain, await tar(TREE));
    await run(command, ['-k', '-q', plain]);
    const [made = ''] = readdirSync(lab.root).filter((name) => name.startsWith('plain.'));
    writeFileSync(join(lab.context, 'x'), readFileSync(join(lab.root, made)));
    const { view } = await lab.build('FROM scratch\nADD x /');
    expect(readFileSync(join(view, 'd/same'), 'utf8')).toBe('d/file');
    return undefined;
  });

  test('what is no archive is copied, also where its name or its beginning says otherwise', async () => {
    using lab = new BuildLab({ 'a.tar': 'text', b: '', 'dir/x.tar': 'in a directory' });
    writeFileSync(join(lab.context, 'c.gz'), gzipSync('compressed text'));
    writeFileSync(join(lab.context, 'd.gz'), gzipSync(await tar(TREE)).subarray(0, 40));
    const { view } = await lab.build('FROM scratch\nADD a.tar b c.gz d.gz /x/\nADD dir /y/');
    expect(readdirSync(join(view, 'x')).sort()).toEqual(['a.tar', 'b', 'c.gz', 'd.gz']);
    expect(readdirSync(join(view, 'y'))).toEqual(['x.tar']);
  });

  test('COPY unpacks nothing, and neither does ADD of a directory with an archive in it', async () => {
    using lab = new BuildLab();
    mkdirSync(join(lab.context, 'sub'));
    for (const path of ['x.tar', 'sub/x.tar']) writeFileSync(join(lab.context, path), await tar(TREE));
    const { view } = await lab.build('FROM scratch\nCOPY x.tar /1/\nADD sub /2/');
    expect([readdirSync(join(view, '1')), readdirSync(join(view, '2'))]).toEqual([['x.tar'], ['x.tar']]);
  });

  test('a hostile archive fails with a typed error and writes nothing outside', async () => {
    using lab = new BuildLab();
    const outside = join(lab.root, 'outside');
    mkdirSync(outside);
    lab.host.onRun = ({ rootfs }) => {
      symlinkSync(outside, join(rootfs, 'out'));
      return 0;
    };
    const link = (target: string): TarEntry => entry('l', { type: 'symlink', linkTarget: target });
    for (const entries of [
      [link(outside), entry('l/x')],
      [link('../../../..'), entry(`l${outside}/x`)],
      [entry('out/x')],
      [entry('out', { type: 'hardlink', linkTarget: 'out' }), entry('out/x')],
      [entry('.wh.out')],
      [entry('d/.wh..wh..opq')],
    ]) {
      writeFileSync(join(lab.context, 'x'), await tar(entries));
      const error = await lab.failure('FROM scratch\nRUN ["x"]\nADD x /');
      expect(error, entries.map(({ path }) => path).join()).toMatchObject({
        code: expect.stringMatching(/^(?:INVALID_ARCHIVE|BUILD_FAILED)$/),
      });
      expect(readdirSync(outside)).toEqual([]);
    }
  });

  test('an archive that leads upwards by its names is refused', async () => {
    using lab = new BuildLab();
    const bytes = await tar([entry('aa/evil', { mtime: 0n })]);
    // The checksum of the header stays right: what is taken from one character is given to another.
    bytes.write('../evil', 0, 'latin1');
    const sum = [...bytes.subarray(0, 512)].reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    writeFileSync(join(lab.context, 'x'), bytes);
    expect(await lab.failure('FROM scratch\nADD x /a/')).toMatchObject({ code: 'INVALID_ARCHIVE' });
  });
});
