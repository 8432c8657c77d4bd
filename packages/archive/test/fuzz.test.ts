import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { isStorageError } from '@graphdriver/core';
import { makedev, removeTree } from '@graphdriver/host';
import { privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directoryTree } from '../src/directory-tree.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import {
  archiveOf,
  blocks,
  directory,
  entry,
  file,
  paxBlock,
  rawHeader,
  record,
  streamOf,
  whiteout,
} from './support/tar-bytes.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

const reason = requireOrSkip('archive', privilegeReason());

/** An archive with one of everything, so that a changed byte meets every kind of header. */
async function rich(): Promise<Buffer> {
  const xattrs = new Map([['user.a', Buffer.from([0, 10, 255])]]);
  const whole = await archiveOf(
    directory('d', { mode: 0o2755, xattrs }),
    file('d/a', 'content', { mtime: 123_456_789n }),
    entry({ path: 'd/link', type: 'symlink', linkTarget: '../a' }),
    entry({ path: 'hard', type: 'hardlink', linkTarget: 'd/a' }),
    entry({ path: 'fifo', type: 'fifo' }),
    entry({ path: 'device', type: 'character', rdev: makedev(1, 3) }),
    entry({ path: 'sparse', size: 100_000, segments: [{ offset: 4096, length: 3 }], content: [Buffer.from('abc')] }),
    file('n'.repeat(200)),
    whiteout('.wh.old'),
    whiteout('e/.wh..wh..opq'),
  );
  const gnu = [
    rawHeader({ type: 'L', size: '00000000004' }),
    blocks('long'),
    rawHeader({
      type: 'S',
      magic: 'ustar  \0',
      size: '00000000003',
      patch: [
        [386, '00000001000\x0000000000003\0'],
        [483, '00000010000'],
      ],
    }),
    blocks('abc'),
    paxBlock(record('GNU.sparse.size', '1000') + record('GNU.sparse.map', '10,3')),
    rawHeader({ size: '00000000003' }),
    blocks('abc'),
  ];
  return Buffer.concat([...gnu, whole]);
}

/** Makes header sums right again where a change has hit a header, or else hardly any change would get past them. */
function summed(bytes: Buffer): Buffer {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.write('        ', 148, 8, 'latin1');
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  }
  return bytes;
}

const change = fc.record({
  at: fc.nat(),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 3 }),
    fc
      .constantFrom('../', '/', '..', '7777777', '\xff\xff\xff', '.wh.', '\0', '9', '-')
      .map((text) => Buffer.from(text, 'latin1')),
  ),
});

describe.skipIf(reason !== null).each(['remove', 'overlay'] as const)(
  'a damaged archive, with whiteouts %s,',
  (whiteouts) => {
    it('is unpacked or refused with INVALID_ARCHIVE, and nothing outside of the target changes', async () => {
      await using scratch = await scratchRoot();
      const { path } = scratch;
      for (const name of ['lower/e', 'outside']) mkdirSync(`${path}/${name}`, { recursive: true });
      writeFileSync(`${path}/lower/e/old`, '');
      writeFileSync(`${path}/lower/old`, '');
      symlinkSync('../outside', `${path}/lower/d`);
      writeFileSync(`${path}/outside/kept`, '');
      const around = snapshotOf(directoryTree(path));
      const whole = await rich();
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { minLength: 1, maxLength: 4 }),
          fc.boolean(),
          fc.nat(),
          async (changes, repair, cut) => {
            const bytes = Buffer.from(whole);
            for (const { at, bytes: patch } of changes) bytes.set(patch, at % (bytes.length - 3));
            const damaged = repair ? summed(bytes) : bytes;
            const end = cut % 4 === 0 ? cut % damaged.length : damaged.length;
            mkdirSync(`${path}/target`);
            const lower = whiteouts === 'overlay' ? directoryTree(`${path}/lower`) : null;
            const target = { root: `${path}/target`, whiteouts, lower };
            const limits = { bytes: 100_000_000, headerBytes: 10_000 };
            await unpackLayer(streamOf(damaged.subarray(0, end)), target, { limits }).catch((error: unknown) => {
              if (!isStorageError(error, 'INVALID_ARCHIVE')) throw error;
            });
            await removeTree(`${path}/target`);
            expect(snapshotOf(directoryTree(path))).toEqual({ ...around });
          },
        ),
        { numRuns: 400 },
      );
      expect(readdirSync(path).sort()).toEqual(['lower', 'outside']);
    });
  },
);
