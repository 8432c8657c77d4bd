import { scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import type { TarEntry } from '../src/tar-entry.ts';
import { readTar } from '../src/tar-reader.ts';
import { writeTar } from '../src/tar-writer.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import { entry, whiteout } from './support/tar-bytes.ts';

const MIB = 1024 * 1024;

/** Bytes that this process has at the most while `work` runs, beyond what it has before. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(most, process.memoryUsage.rss()) - before;
}

function* zeros(chunks: number): Generator<Uint8Array> {
  for (let index = 0; index < chunks; index++) yield Buffer.alloc(64 * 1024);
}

function* largeFiles(count: number): Generator<TarEntry> {
  for (let index = 0; index < count; index++) yield entry({ path: `f${index}`, size: 100 * MIB, content: zeros(1600) });
}

function* manyWhiteouts(count: number): Generator<TarEntry> {
  for (let index = 0; index < count; index++) yield whiteout(`.wh.${index}${'x'.repeat(200)}`);
}

describe('memory', () => {
  it('does not grow with the content of an archive that is written and read', async () => {
    let bytes = 0;
    const grown = await growth(async () => {
      for await (const read of readTar(writeTar(largeFiles(6))))
        for await (const chunk of read.content) bytes += chunk.length;
    });
    expect(bytes).toBe(600 * MIB);
    expect(grown).toBeLessThan(120 * MIB);
  });

  it('does not grow with what is unpacked, be it content or deletions', async () => {
    await using scratch = await scratchRoot();
    const target = { root: scratch.path, whiteouts: 'remove', lower: null } as const;
    const grown = await growth(async () => {
      await unpackLayer(writeTar(largeFiles(3)), target);
      await unpackLayer(writeTar(manyWhiteouts(100_000)), target);
    });
    expect(grown).toBeLessThan(120 * MIB);
  });
});
