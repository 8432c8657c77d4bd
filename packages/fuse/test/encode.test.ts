import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../src/attributes.ts';
import { encodeNames, encodeOpen, encodeStatistics, START } from '../src/encode-answers.ts';
import { encodeAttributes, encodeAttributesAnswer, encodeEntry } from '../src/encode-attributes.ts';
import { Reply } from '../src/reply.ts';

const u32 = fc.nat({ max: 0xffffffff });
const safe = fc.maxSafeNat();
const seconds = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
const nanoseconds = fc.nat({ max: 999_999_999 });
const anyAttributes: fc.Arbitrary<Attributes> = fc.record({
  ...{ ino: safe, size: safe, blocks: safe, mode: u32, links: u32, uid: u32, gid: u32, rdev: u32, blockSize: u32 },
  ...{
    atime: seconds,
    mtime: seconds,
    ctime: seconds,
    atimeNs: nanoseconds,
    mtimeNs: nanoseconds,
    ctimeNs: nanoseconds,
  },
});

/** struct fuse_attr, read independently of what wrote it. */
function readAttributes(bytes: Buffer, at: number): Attributes {
  const wide = (offset: number): number => Number(bytes.readBigInt64LE(at + offset));
  const word = (offset: number): number => bytes.readUInt32LE(at + offset);
  return {
    ...{ ino: wide(0), size: wide(8), blocks: wide(16), atime: wide(24), mtime: wide(32), ctime: wide(40) },
    ...{ atimeNs: word(48), mtimeNs: word(52), ctimeNs: word(56), mode: word(60), links: word(64) },
    ...{ uid: word(68), gid: word(72), rdev: word(76), blockSize: word(80) },
  };
}

/** An answer with rubbish in it, as one is that was used before. */
function used(): Reply {
  const reply = new Reply(4096);
  reply.bytes.fill(0xa5);
  return reply;
}

describe('attributes and entries', () => {
  it('attributes come out as they went in', () => {
    fc.assert(
      fc.property(anyAttributes, (attributes) => {
        const reply = used();
        expect(encodeAttributes(reply, START, attributes)).toBe(START + 88);
        expect(readAttributes(reply.bytes, START)).toEqual(attributes);
      }),
    );
  });

  it('entries say how long they are good for, for ever included', () => {
    fc.assert(
      fc.property(anyAttributes, safe, fc.double({ min: 0, max: 1e9, noNaN: true }), (attributes, node, timeout) => {
        const reply = used();
        const entry = { node, attributes, entryTimeout: timeout, attributeTimeout: Number.POSITIVE_INFINITY };
        expect(encodeEntry(reply, START, entry)).toBe(START + 128);
        const { bytes } = reply;
        expect([bytes.readBigUInt64LE(START), bytes.readBigUInt64LE(START + 8)]).toEqual([BigInt(node), 0n]);
        const told = Number(bytes.readBigUInt64LE(START + 16)) + bytes.readUInt32LE(START + 32) / 1e9;
        expect(Math.abs(told - timeout)).toBeLessThan(1e-6);
        expect(bytes.readBigUInt64LE(START + 24)).toBe(2n ** 40n);
        expect(readAttributes(bytes, START + 40)).toEqual(attributes);
      }),
    );
  });

  it('a remembered absence has nothing but its time', () => {
    const reply = used();
    expect(encodeEntry(reply, START, { node: 0, entryTimeout: 7 })).toBe(START + 128);
    const expected = Buffer.alloc(128);
    expected.writeUInt32LE(7, 16);
    expect(reply.bytes.subarray(START, START + 128)).toEqual(expected);
  });

  it.each([-1, Number.NaN])('a timeout of %f counts as none', (timeout) => {
    const reply = used();
    const attributes = fc.sample(anyAttributes, 1)[0];
    if (attributes === undefined) throw new Error('There is a sample.');
    encodeAttributesAnswer(reply, START, { attributes, attributeTimeout: timeout });
    expect(reply.bytes.subarray(START, START + 16)).toEqual(Buffer.alloc(16));
  });
});

describe('other answers', () => {
  it('an open says its flags, and only those that may stand beside a backing id', () => {
    const reply = used();
    expect(encodeOpen(reply, START, { handle: 2 ** 40, keepCache: true, cacheDirectory: true })).toBe(START + 16);
    expect(reply.bytes.readBigUInt64LE(START)).toBe(2n ** 40n);
    expect(reply.bytes.readUInt32LE(START + 8)).toBe(2 | 8);
    encodeOpen(reply, START, { handle: 1, keepCache: true, directIo: true, backingId: 5 });
    expect([reply.bytes.readUInt32LE(START + 8), reply.bytes.readUInt32LE(START + 12)]).toEqual([128 | 1, 5]);
  });

  it('statistics leave no rubbish', () => {
    const reply = used();
    const counts = { blocks: 1, freeBlocks: 2, availableBlocks: 3, files: 4, freeFiles: 5 };
    expect(encodeStatistics(reply, START, { ...counts, blockSize: 6, nameLength: 7 })).toBe(START + 80);
    expect(reply.bytes.subarray(START + 52, START + 80)).toEqual(Buffer.alloc(28));
    expect(reply.bytes.readUInt32LE(START + 48)).toBe(6);
  });

  it('names of attributes are listed, or do not fit', () => {
    const reply = used();
    const end = encodeNames(reply, START, ['user.a', 'user.\xff'], 14);
    expect(reply.bytes.subarray(START, end).toString('latin1')).toBe('user.a\0user.\xff\0');
    expect(encodeNames(reply, START, ['user.a', 'user.\xff'], 12)).toBeUndefined();
  });
});

describe('directories', () => {
  const names = fc.array(fc.tuple(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 255 }), safe, safe), {
    maxLength: 60,
  });

  /** Reads struct fuse_dirent, or fuse_direntplus, until the end. */
  function readAll(bytes: Buffer, plus: number): [string, number, number][] {
    const found: [string, number, number][] = [];
    for (let at = plus; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at + 16);
      const name = bytes.toString('latin1', at + 24, at + 24 + length);
      found.push([name, Number(bytes.readBigUInt64LE(at)), Number(bytes.readBigUInt64LE(at + 8))]);
      at += plus + Math.ceil((24 + length) / 8) * 8;
    }
    return found;
  }

  it('what fits is written, in order, and never beyond the limit', () => {
    fc.assert(
      fc.property(names, fc.nat({ max: 4096 }), fc.boolean(), (list, size, withEntries) => {
        const reply = used();
        const { directory } = reply;
        directory.begin(size, { withEntries });
        const taken = list.filter(([name, ino, next]) => {
          const fits = directory.fits(name.length);
          expect(directory.add(name, ino, 8, next)).toBe(fits);
          return fits;
        });
        expect(directory.length).toBeLessThanOrEqual(size);
        const written = reply.payload.subarray(0, directory.length);
        expect(readAll(written, withEntries ? 128 : 0)).toEqual(taken);
        expect(directory.nodes()).toEqual([]);
      }),
    );
  });

  it('entries bring their nodes, which count as looked up', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyAttributes, fc.integer({ min: 1, max: 2 ** 40 })), { maxLength: 9 }), (list) => {
        const reply = used();
        reply.directory.begin(4096, { withEntries: true });
        reply.directory.add('.', 1, 4, 1);
        for (const [index, [attributes, node]] of list.entries()) {
          const entry = { node, attributes, entryTimeout: 1, attributeTimeout: 1 };
          expect(reply.directory.addEntry(`name-${index}`, entry, index + 2)).toBe(true);
        }
        expect(reply.directory.nodes()).toEqual(list.map(([, node]) => node));
      }),
    );
  });
});
