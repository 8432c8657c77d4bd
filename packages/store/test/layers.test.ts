import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@graphdriver/host';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../src/identity/digest.ts';
import { exportLayer } from '../src/layers/export-layer.ts';
import { registerLayer } from '../src/layers/register-layer.ts';
import { Work } from '../src/layers/work.ts';
import { dangling, openedBooks, type Subject, scratchFolder, subjects } from './support/opened-store.ts';
import { archiveAt, archiveOf, collect, digestOfFile, pythonTar } from './support/tar-files.ts';

/** Makes files, and has GNU tar pack them. */
async function gnuTar(folder: string, args: readonly string[] = []): Promise<string> {
  const files = join(folder, 'files');
  mkdirSync(join(files, 'sub/deep'), { recursive: true });
  writeFileSync(join(files, 'small'), 'small');
  writeFileSync(join(files, 'sub/large'), randomBytes(300_000));
  writeFileSync(join(files, `sub/deep/${'long'.repeat(60)}`), 'x'.repeat(2000));
  await run('ln', [join(files, 'sub/large'), join(files, 'another name')]);
  await run('ln', ['-s', 'small', join(files, 'link')]);
  const path = join(folder, 'gnu.tar');
  await run('tar', ['-cf', path, '-C', files, ...args, '.']);
  return path;
}

const archives: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  'GNU tar': (folder) => gnuTar(folder),
  'GNU tar with pax headers': (folder) => gnuTar(folder, ['--format=pax', '--xattrs']),
  'GNU tar in the ustar format with another blocking factor': (folder) =>
    gnuTar(folder, ['--blocking-factor=1', '--format=gnu', '--sort=none']),
  'GNU tar with sparse files': async (folder) => {
    mkdirSync(join(folder, 'sparse'));
    const path = join(folder, 'sparse/file');
    writeFileSync(path, randomBytes(5000));
    truncateSync(path, 200_000);
    writeFileSync(join(folder, 'sparse/end'), randomBytes(90_000), { flag: 'a' });
    await run('dd', [`of=${path}`, 'if=/dev/urandom', 'bs=1000', 'seek=120', 'count=9', 'conv=notrunc']);
    await run('tar', ['-cSf', join(folder, 'sparse.tar'), '-C', join(folder, 'sparse'), '.']);
    return join(folder, 'sparse.tar');
  },
  'GNU tar with sparse files in the pax format': async (folder) => {
    const path = join(folder, 'hole');
    writeFileSync(path, randomBytes(70_000));
    truncateSync(path, 10_000_000);
    await run('tar', ['-cSf', join(folder, 'sparse.tar'), '--format=pax', '-C', folder, 'hole']);
    return join(folder, 'sparse.tar');
  },
  'Python in odd order, with a name twice': async (folder) => {
    const path = join(folder, 'python.tar');
    await pythonTar(
      path,
      [
        'with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as t:',
        '    t.addfile(*member("z/last", b"z" * 3000, mtime=5))',
        '    t.addfile(*member("a", b"first" * 400))',
        '    t.addfile(*member("z", type=tarfile.DIRTYPE, mode=0o700))',
        '    t.addfile(*member("a", b"second" * 400))',
        '    t.addfile(*member("hard", type=tarfile.LNKTYPE, linkname="a"))',
        '    t.addfile(*member("a", b"third" * 400))',
        '    t.addfile(*member("gone", b"g" * 1000))',
        '    t.addfile(*member("gone", type=tarfile.SYMTYPE, linkname="a"))',
      ].join('\n'),
    );
    return path;
  },
  'Python, with a file in the place of a folder': async (folder) => {
    const path = join(folder, 'python.tar');
    await pythonTar(
      path,
      [
        'with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "made by hand"}) as t:',
        '    t.addfile(*member("d/inside", b"i" * 3000))',
        '    t.addfile(*member("e/inside", b"e" * 3000))',
        '    t.addfile(*member("d", b"d" * 700))',
        '    t.addfile(*member("e/more", b"m" * 700, pax_headers={"SCHILY.xattr.user.x": "y"}))',
      ].join('\n'),
    );
    return path;
  },
  'something that hides bytes in the padding and has a long end': async (folder) => {
    const path = join(folder, 'python.tar');
    await pythonTar(path, 'with tarfile.open(path, "w") as t:\n    t.addfile(*member("f", b"f" * 1000))');
    const bytes = Buffer.concat([readFileSync(path), Buffer.alloc(70_000)]);
    bytes.write('hidden', 512 + 1000 + 3);
    writeFileSync(path, bytes);
    return path;
  },
  'aufs, with its books': async (folder) => {
    const path = join(folder, 'python.tar');
    await pythonTar(
      path,
      [
        'with tarfile.open(path, "w") as t:',
        '    t.addfile(*member(".wh..wh.plnk", type=tarfile.DIRTYPE))',
        '    t.addfile(*member(".wh..wh.plnk/1.2", b"p" * 1000))',
        '    t.addfile(*member("f", b"f" * 1000))',
        '    t.addfile(*member("sub/.wh.gone"))',
      ].join('\n'),
    );
    return path;
  },
};

describe.each(subjects)('layers over %s', (_name, subject: Subject) => {
  const it = test.skipIf(subject.reason !== null);

  it.each(Object.keys(archives))('an archive by %s comes out as it went in', async (name) => {
    const opened = await openedBooks(subject);
    const path = await (archives[name] ?? gnuTar)(opened.folder);
    await using work = await Work.begin(opened.books);
    const layer = await registerLayer(opened.books, archiveAt(path), { parent: null, work });
    expect(layer.diffId).toBe(digestOfFile(path));
    const out = await collect(exportLayer(opened.books, layer.key));
    expect(digestOf(out)).toBe(layer.diffId);
  });

  it('the same layer is stored once, and on another parent once more', async () => {
    const { books, driver, folder } = await openedBooks(subject);
    const path = await gnuTar(folder);
    await using work = await Work.begin(books);
    const base = await registerLayer(books, archiveAt(path), { parent: null, work });
    const again = await registerLayer(books, archiveAt(path), { parent: null, work });
    const known = await registerLayer(books, unreadable, { parent: null, work, diffId: base.diffId });
    const upper = await registerLayer(books, archiveAt(path), { parent: base.key, work });
    expect([again, known]).toEqual([
      { ...base, isNew: false },
      { ...base, isNew: false },
    ]);
    expect(upper.diffId).toBe(base.diffId);
    expect(upper.key).not.toBe(base.key);
    expect(await driver.list()).toHaveLength(2);
  });

  it('layers that are registered at the same time are made once', async () => {
    const { books, driver, folder } = await openedBooks(subject);
    const path = await gnuTar(folder);
    const diffId = digestOfFile(path);
    await using work = await Work.begin(books);
    const layers = await Promise.all(
      Array.from({ length: 4 }, () => registerLayer(books, archiveAt(path), { parent: null, work, diffId })),
    );
    expect(layers.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await driver.list()).toHaveLength(1);
  });

  it('an archive that is not what it was said to be fails with DIGEST_MISMATCH and leaves nothing', async () => {
    const opened = await openedBooks(subject);
    const path = await gnuTar(opened.folder);
    await using work = await Work.begin(opened.books);
    const registering = registerLayer(opened.books, archiveAt(path), { parent: null, work, diffId: digestOf('x') });
    await expect(registering).rejects.toMatchObject({ name: 'StoreError', code: 'DIGEST_MISMATCH' });
    expect(await dangling(opened)).toEqual([]);
  });

  it('an archive that is broken, hostile, or ends by an error leaves nothing', async () => {
    const opened = await openedBooks(subject);
    const path = await gnuTar(opened.folder);
    const bytes = readFileSync(path);
    await using work = await Work.begin(opened.books);
    const register = (archive: () => AsyncIterable<Uint8Array>): Promise<unknown> =>
      registerLayer(opened.books, archive, { parent: null, work });
    await expect(register(archiveOf(bytes.subarray(0, 100_000)))).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    await expect(register(archiveOf(randomBytes(10_000)))).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    await expect(register(failing(bytes))).rejects.toThrow('the line is cut');
    expect(await dangling(opened)).toEqual([]);
  });

  it('what only an ended work had held is removed, and what is used stays', async () => {
    const opened = await openedBooks(subject);
    const { books, driver } = opened;
    const path = await gnuTar(opened.folder);
    {
      await using work = await Work.begin(books);
      const base = await registerLayer(books, archiveAt(path), { parent: null, work });
      await registerLayer(books, archiveAt(path), { parent: base.key, work });
      await books.metadata.change(() => books.uses.add(`layer:${base.key}`, 'image:of a test'));
    }
    expect(await driver.list()).toHaveLength(1);
    expect(await dangling(opened)).toEqual([]);
  });

  it('an aborted registration ends with ABORTED and leaves nothing', async () => {
    const opened = await openedBooks(subject);
    const path = await gnuTar(opened.folder);
    const stop = new AbortController();
    await using work = await Work.begin(opened.books);
    const archive = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of archiveAt(path)()) {
        yield chunk;
        stop.abort();
      }
    };
    const registering = registerLayer(opened.books, archive, { parent: null, work, signal: stop.signal });
    await expect(registering).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await dangling(opened)).toEqual([]);
  });

  it('a layer that was tampered with is not exported as if it were whole', async () => {
    const { books, driver, folder, root } = await openedBooks(subject);
    const path = await gnuTar(folder);
    await using work = await Work.begin(books);
    const { key } = await registerLayer(books, archiveAt(path), { parent: null, work });
    const [record] = await driver.list();
    await run('sh', [
      '-c',
      `find "$0" -type f -path '*${record?.id}*' -name small -o -type f -path '*${record?.id}*' -name large | while read f; do chattr -i "$f" 2>/dev/null; printf X | dd of="$f" conv=notrunc 2>/dev/null; done`,
      join(folder, 'layers'),
    ]);
    await expect(collect(exportLayer(books, key))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    for (const name of readdirSync(join(root, 'assemblies'))) truncateSync(join(root, 'assemblies', name), 40);
    await expect(collect(exportLayer(books, key))).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });

  it('a work that a killed process has left is ended when the store is next opened', async () => {
    const folder = scratchFolder();
    const first = await openedBooks(subject, folder);
    const path = await gnuTar(folder);
    const work = await Work.begin(first.books);
    await registerLayer(first.books, archiveAt(path), { parent: null, work });
    // What the kernel does when a process is killed: its locks are gone, and nothing else.
    first.books.locks.close();
    const second = await openedBooks(subject, folder);
    expect(await second.driver.list()).toEqual([]);
    expect(await dangling(second)).toEqual([]);
  });
});

function unreadable(): AsyncIterable<Uint8Array> {
  throw new Error('Nobody was to read this.');
}

function failing(bytes: Uint8Array): () => AsyncIterable<Uint8Array> {
  return async function* () {
    yield bytes.subarray(0, 50_000);
    throw new Error('the line is cut');
  };
}
