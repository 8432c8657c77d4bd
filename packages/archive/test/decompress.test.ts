import { gzipSync } from 'node:zlib';
import { commandExists, filter, run } from '@graphdriver/host';
import { describe, expect, it } from 'vitest';
import { decompress } from '../src/decompress.ts';
import { readTar } from '../src/tar-reader.ts';
import { archiveOf, collect, file, streamOf } from './support/tar-bytes.ts';

const noZstd = commandExists('zstd') ? null : 'The zstd command is not installed.';

const plain = async (): Promise<Buffer> => await archiveOf(file('a', 'x'.repeat(3_000_000)), file('b'));
const through = async (bytes: Uint8Array, sizes?: readonly number[]): Promise<Buffer> =>
  await collect(decompress(streamOf(bytes, sizes)));

async function zstd(bytes: Buffer): Promise<Buffer> {
  return await collect(filter('zstd', ['-c'])(streamOf(bytes)));
}

async function processesOf(parent: number): Promise<readonly string[]> {
  const { stdout } = await run('ps', ['-o', 'comm=', '--ppid', String(parent)]);
  return stdout.split('\n').filter((name) => name.trim() === 'zstd');
}

describe('decompress', () => {
  it('gives back what is not compressed', async () => {
    const bytes = await plain();
    expect(bytes.equals(await through(bytes, [1, 7, 60_000]))).toBe(true);
  });

  it('unpacks gzip, however the stream is cut', async () => {
    const bytes = await plain();
    expect(bytes.equals(await through(gzipSync(bytes), [1, 1, 5000]))).toBe(true);
  });

  it('unpacks gzip members that stand one behind the other', async () => {
    const bytes = await plain();
    const both = Buffer.concat([gzipSync(bytes.subarray(0, 1000)), gzipSync(bytes.subarray(1000))]);
    expect(bytes.equals(await through(both, [100]))).toBe(true);
  });

  it('unpacks gzip that was filled up with zeros', async () => {
    const bytes = await plain();
    expect(bytes.equals(await through(Buffer.concat([gzipSync(bytes), Buffer.alloc(5000)])))).toBe(true);
  });

  it.skipIf(noZstd !== null)(`unpacks zstd${noZstd === null ? '' : `: ${noZstd}`}`, async () => {
    const bytes = await plain();
    expect(bytes.equals(await through(await zstd(bytes), [1, 1, 5000]))).toBe(true);
  });

  it.skipIf(noZstd !== null)('leaves no process behind when its reader stops', async () => {
    for await (const entry of readTar(decompress(streamOf(await zstd(await plain()), [1000])))) {
      expect(entry.path).toBe('a');
      break;
    }
    await expect.poll(() => processesOf(process.pid)).toEqual([]);
  });

  it.each([
    ['an empty stream', Buffer.alloc(0)],
    ['bzip2', Buffer.from('BZh91AY&SY')],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4])],
    ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18, 0, 0, 0])],
    ['zip', Buffer.from('PK\u0003\u0004....')],
    ['gzip that is cut off', gzipSync(Buffer.alloc(100_000, 'ab')).subarray(0, 90)],
    ['gzip that is cut off in its header', gzipSync(Buffer.alloc(1000)).subarray(0, 6)],
    ['gzip that is cut off in its check sum', gzipSync(Buffer.alloc(1000)).subarray(0, -3)],
    ['gzip with a wrong check sum', flipped(gzipSync(Buffer.alloc(1000, 'ab')), -6)],
    ['gzip with junk behind it', Buffer.concat([gzipSync(Buffer.alloc(1000)), Buffer.from('junk')])],
    [
      'gzip with a broken second member',
      Buffer.concat([gzipSync(Buffer.alloc(1000)), gzipSync(Buffer.alloc(1000)).subarray(0, 12)]),
    ],
  ])('refuses %s', async (_, bytes) => {
    await expect(through(bytes)).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
  });

  it.skipIf(noZstd !== null).each([0.5, 0.99])('refuses zstd that is cut off at %d', async (share) => {
    const bytes = await zstd(await plain());
    await expect(through(bytes.subarray(0, bytes.length * share))).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
  });

  it('asks for the zstd command where there is none', async () => {
    const before = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      const error: unknown = await through(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0])).catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: 'PREREQUISITE_MISSING', hint: expect.stringContaining('zstd') });
    } finally {
      process.env['PATH'] = before;
    }
  });

  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
  ])('passes on an error of a %s stream as it is', async (_, compress) => {
    const mishap = new Error('the network is down');
    const bytes = compress(await plain());
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 200);
      throw mishap;
    };
    await expect(collect(decompress(failing()))).rejects.toBe(mishap);
  });

  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
  ])('closes a %s stream when its reader stops', async (_, compress) => {
    const bytes = compress(await plain());
    let closed = false;
    const watched = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield bytes.subarray(0, 1000);
      } finally {
        closed = true;
      }
    };
    for await (const chunk of decompress(watched())) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = copy.length + at;
  copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
}
