import { makedev } from '@graphdriver/host';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paxRecord, readPaxRecords } from '../src/pax-records.ts';
import { paxTime, readPaxTime } from '../src/pax-time.ts';
import type { DataSegment, TarEntry, TarEntryType } from '../src/tar-entry.ts';
import { readTar } from '../src/tar-reader.ts';
import { writeTar } from '../src/tar-writer.ts';
import { blocks, collect, ended, entry, file, paxBlock, rawHeader, record, streamOf } from './support/tar-bytes.ts';

/** An entry with its content at hand, fit for comparing. */
interface ReadBack extends Omit<TarEntry, 'content' | 'xattrs'> {
  readonly content: string;
  readonly xattrs: readonly (readonly [string, string])[];
}

async function readBack(bytes: Uint8Array, sizes?: readonly number[]): Promise<ReadBack[]> {
  const found: ReadBack[] = [];
  for await (const read of readTar(streamOf(bytes, sizes))) found.push(await plain(read));
  return found;
}

async function plain({ content, xattrs, ...rest }: TarEntry): Promise<ReadBack> {
  const text = (await collect(content)).toString('latin1');
  return {
    ...rest,
    content: text,
    xattrs: [...xattrs].map(([name, value]) => [name, value.toString('latin1')] as const).sort(),
  };
}

const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
const component = fc
  .array(byte, { minLength: 1, maxLength: 255 })
  .map((bytes) => bytes.join('').replaceAll('/', 'x'))
  .filter((name) => name !== '.' && name !== '..');
const path = fc.array(component, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const id = fc.oneof(fc.nat(3000), fc.integer({ min: 0, max: 0xffff_fffe }));
const xattr = fc.tuple(
  fc.array(byte, { minLength: 1, maxLength: 40 }).map((bytes) => `user.${bytes.join('')}`),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const attributes = fc.record({
  path,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: id,
  gid: id,
  mtime: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  xattrs: fc.array(xattr, { maxLength: 3 }).map((pairs) => new Map(pairs)),
});
const data = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.nat(200_000).map((length) => new Uint8Array(length).fill(7)),
);

const anyEntry: fc.Arbitrary<TarEntry> = fc
  .record({
    common: attributes,
    type: fc.constantFrom<TarEntryType>('file', 'directory', 'symlink', 'hardlink', 'character', 'block', 'fifo'),
    data,
    target: path,
    major: fc.nat(0xfff),
    minor: fc.nat(0xf_ffff),
  })
  .map(({ common, type, data: content, target, major, minor }) =>
    entry({
      ...common,
      type,
      linkTarget: type === 'symlink' || type === 'hardlink' ? target : '',
      rdev: type === 'character' || type === 'block' ? makedev(major, minor) : 0,
      ...(type === 'file' ? { size: content.length, content: [content] } : {}),
    }),
  );

const sparseEntry: fc.Arbitrary<TarEntry> = fc
  .record({
    common: attributes,
    gaps: fc.array(fc.tuple(fc.nat(100_000), fc.integer({ min: 1, max: 3000 })), { maxLength: 60 }),
    end: fc.nat(100_000),
  })
  .map(({ common, gaps, end }) => {
    const segments: DataSegment[] = [];
    let at = 0;
    for (const [gap, length] of gaps) {
      segments.push({ offset: at + gap, length });
      at += gap + length;
    }
    const content = segments.map(({ length }, index) => Buffer.alloc(length, index + 1));
    return entry({ ...common, size: at + end, segments, content });
  });

describe('the tar codec', () => {
  it('reads back every entry that it writes, however the stream is cut', async () => {
    const entries = fc.array(fc.oneof(anyEntry, sparseEntry), { maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(entries, sizes, async (given, cut) => {
        const bytes = await collect(writeTar(given));
        expect(bytes.length % 512).toBe(0);
        expect(await readBack(bytes, cut)).toEqual(await Promise.all(given.map(plain)));
      }),
      { numRuns: 150 },
    );
  });

  it('writes the same entries as the same bytes', async () => {
    const given = [
      file('a', 'x', {
        xattrs: new Map([
          ['user.b', Buffer.from('1')],
          ['user.a', Buffer.from('2')],
        ]),
      }),
    ];
    const again = [
      file('a', 'x', {
        xattrs: new Map([
          ['user.a', Buffer.from('2')],
          ['user.b', Buffer.from('1')],
        ]),
      }),
    ];
    expect(await collect(writeTar(given))).toEqual(await collect(writeTar(again)));
  });

  it('writes nothing but a ustar header where that says it all', async () => {
    expect((await collect(writeTar([file('a', 'x')]))).length).toBe(512 + 512 + 1024);
  });

  it('fills up content that ends early and leaves out what is too much, so that the next header is in its place', async () => {
    const given = [
      entry({ path: 'short', size: 700, content: [Buffer.from('s')] }),
      entry({ path: 'long', size: 2, content: [Buffer.from('long')] }),
      file('last'),
    ];
    const found = await readBack(await collect(writeTar(given)));
    expect(found.map(({ content }) => content)).toEqual([`s${'\0'.repeat(699)}`, 'lo', 'last']);
  });

  it('writes a file with very many holes as one without, since its map would be too much for readers', async () => {
    const count = 400_001;
    const segments = Array.from({ length: count }, (_, index) => ({ offset: 3 * index + 1, length: 1 }));
    const given = entry({
      path: 'a',
      size: 3 * count + 5,
      segments,
      content: streamOf(Buffer.alloc(count, 'x'), [999]),
    });
    const [found] = await readBack(await collect(writeTar([given])));
    expect(found?.segments).toBeNull();
    expect(found?.content === `${'\0x\0'.repeat(count)}\0\0\0\0\0`).toBe(true);
  });

  it('reads back a file with very many holes', async () => {
    const segments = Array.from({ length: 300_000 }, (_, index) => ({ offset: 9_000_000_000 + 3 * index, length: 1 }));
    const given = entry({ path: 'a', size: 10_000_000_000, segments, content: [Buffer.alloc(300_000, 'x')] });
    const [found] = await readBack(await collect(writeTar([given])));
    expect(found?.segments?.length).toBe(300_000);
  });

  it('passes over content that nobody reads', async () => {
    const bytes = await collect(writeTar([file('a', 'x'.repeat(100_000)), file('b')]));
    const names: string[] = [];
    for await (const read of readTar(streamOf(bytes, [1000]))) names.push(read.path);
    expect(names).toEqual(['a', 'b']);
  });

  it('refuses to read content once the next member was asked for', async () => {
    const bytes = await collect(writeTar([file('a', 'x'.repeat(100_000)), file('b')]));
    const reader = readTar(streamOf(bytes, [1000]));
    const first = (await reader.next()).value;
    await reader.next();
    await expect(collect(first?.content ?? [])).rejects.toThrow(TypeError);
  });

  it('keeps records with any byte in them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[a-zA-Z.]{1,120}$/), fc.uint8Array({ maxLength: 200 }))),
        (pairs) => {
          const block = Buffer.concat(pairs.map(([key, value]) => paxRecord(key, Buffer.from(value))));
          expect([...readPaxRecords(block)].map(([key, value]) => [key, [...value]])).toEqual(
            pairs.map(([key, value]) => [key, [...value]]),
          );
        },
      ),
    );
  });

  it('keeps times to the nanosecond, before 1970 too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (time) => {
        expect(readPaxTime(paxTime(time))).toBe(time);
      }),
    );
  });
});

describe('the tar reader', () => {
  it.each([
    ['names in prefix and name', rawHeader({ name: 'b', prefix: 'a' }), 'a/b'],
    [
      'no prefix in a GNU header, which has times there',
      rawHeader({ name: 'b', prefix: '14000000000', magic: 'ustar  \0' }),
      'b',
    ],
    ['the header of 1979', rawHeader({ name: 'old', type: '\0', magic: '\0\0\0\0\0\0\0\0' }), 'old'],
    ['a name with ./ in front and slashes behind', rawHeader({ name: './a//./b//', type: '5' }), 'a/b'],
    ['the root', rawHeader({ name: './', type: '5' }), ''],
    ['a name of 100 bytes without NUL', rawHeader({ name: 'n'.repeat(100) }), 'n'.repeat(100)],
    ['a sum of signed bytes', signedSum('caf\xe9'), 'caf\xe9'],
  ])('reads %s', async (_, header, expected) => {
    expect((await readBack(ended(header))).map(({ path: found }) => found)).toEqual([expected]);
  });

  it('takes a file whose name ends in a slash for a directory, as it was before there was a type for them', async () => {
    expect((await readBack(ended(rawHeader({ name: 'd/', type: '\0' }))))[0]?.type).toBe('directory');
  });

  it('lets a global header speak for all members, a local one before it, and an empty value take it back', async () => {
    const found = await readBack(
      ended(
        paxBlock(record('uid', '70000') + record('comment', 'x'), 'g'),
        rawHeader({ name: 'a' }),
        paxBlock(record('uid', '5')),
        rawHeader({ name: 'b' }),
        paxBlock(record('uid', '')),
        rawHeader({ name: 'c', uid: '0000007' }),
      ),
    );
    expect(found.map(({ uid }) => uid)).toEqual([70000, 5, 7]);
  });

  it('reads numbers in base 256', async () => {
    const found = await readBack(
      ended(rawHeader({ uid: '\x80\0\0\0\xff\xff\xff\xfe', mtime: `${'\xff'.repeat(11)}\xfe` })),
    );
    expect(found[0]).toMatchObject({ uid: 0xffff_fffe, mtime: -2_000_000_000n });
  });

  it('ignores a size on what has no data', async () => {
    const found = await readBack(
      ended(rawHeader({ name: 'd', type: '5', size: '00000001000' }), rawHeader({ name: 'b' })),
    );
    expect(found.map(({ path: name, size }) => [name, size])).toEqual([
      ['d', 0],
      ['b', 0],
    ]);
  });

  it.each([
    [
      '0.0',
      record('GNU.sparse.size', '1000') +
        record('GNU.sparse.numblocks', '2') +
        record('GNU.sparse.offset', '10') +
        record('GNU.sparse.numbytes', '3') +
        record('GNU.sparse.offset', '500') +
        record('GNU.sparse.numbytes', '2'),
      'abcde',
    ],
    [
      '0.1',
      record('GNU.sparse.size', '1000') + record('GNU.sparse.name', 'file') + record('GNU.sparse.map', '10,3,500,2'),
      'abcde',
    ],
    [
      '1.0',
      record('GNU.sparse.major', '1') +
        record('GNU.sparse.minor', '0') +
        record('GNU.sparse.name', 'file') +
        record('GNU.sparse.realsize', '1000'),
      `${'2\n10\n3\n500\n2\n'.padEnd(512, '\0')}abcde`,
    ],
  ])('reads sparse files of format %s', async (_, records, stored) => {
    const size = stored.length.toString(8).padStart(11, '0');
    const found = await readBack(
      ended(paxBlock(records), rawHeader({ name: 'GNUSparseFile.0/x', size }), blocks(stored)),
    );
    const segments = [
      { offset: 10, length: 3 },
      { offset: 500, length: 2 },
    ];
    expect(found[0]).toMatchObject({ size: 1000, segments, content: 'abcde' });
  });

  it('ends with ABORTED while the stream hangs, and lets go of it', async () => {
    let closed = false;
    const hanging: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          closed = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const controller = new AbortController();
    const reading = readTar(hanging, { signal: controller.signal }).next();
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
    expect(closed).toBe(true);
  });

  it('asks for no more than one chunk ahead of its reader', async () => {
    let asked = 0;
    const bytes = await collect(writeTar([file('a', 'x'.repeat(50_000))]));
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of streamOf(bytes, [1024])) {
        asked++;
        yield chunk;
      }
    };
    for await (const read of readTar(counted())) {
      await read.content.next();
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(asked).toBeLessThanOrEqual(2);
    }
  });
});

function signedSum(name: string): Buffer {
  const header = rawHeader({ name });
  const sum = Number.parseInt(header.toString('latin1', 148, 154), 8) - 256;
  return rawHeader({ name, checksum: `${sum.toString(8).padStart(6, '0')}\0 ` });
}
