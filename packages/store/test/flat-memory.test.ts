import { randomBytes } from 'node:crypto';
import { type TarEntry, writeTar } from '@graphdriver/archive';
import { describe, expect, test } from 'vitest';
import { exportLayer } from '../src/layers/export-layer.ts';
import { registerLayer } from '../src/layers/register-layer.ts';
import { Work } from '../src/layers/work.ts';
import { openedBooks, type Subject, subjects } from './support/opened-store.ts';

const MIB = 1024 * 1024;
const FILE = 64 * MIB;
const FILES = 5;

/** Five large files, each of a block that is repeated. */
async function* largeArchive(): AsyncGenerator<Uint8Array> {
  const block = Buffer.concat(
    Array.from({ length: 64 }, (_none, at) => BLOCK.subarray(at)),
    MIB / 4,
  );
  const content = function* (): Generator<Uint8Array> {
    for (let at = 0; at < FILE; at += block.length) yield block;
  };
  const entries = Array.from(
    { length: FILES },
    (_none, at): TarEntry => ({
      path: `file${at}`,
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: FILE,
      mtime: 0n,
      linkTarget: '',
      rdev: 0,
      xattrs: new Map(),
      segments: null,
      content: content(),
    }),
  );
  yield* writeTar(entries);
}

const BLOCK = randomBytes(64 * 1024);

describe.each(subjects)('memory over %s', (_name, subject: Subject) => {
  test.skipIf(subject.reason !== null)('does not grow with a layer that comes in or goes out', async () => {
    const { books } = await openedBooks(subject);
    await using work = await Work.begin(books);
    const start = process.memoryUsage.rss();
    let most = 0;
    const look = (): void => {
      most = Math.max(most, process.memoryUsage.rss() - start);
    };
    const { key } = await registerLayer(books, largeArchive, { parent: null, work, onProgress: look });
    let bytes = 0;
    for await (const chunk of exportLayer(books, key)) {
      bytes += chunk.length;
      look();
    }
    expect(bytes).toBeGreaterThan(FILE * FILES);
    expect(most).toBeLessThan(120 * MIB);
  });
});
