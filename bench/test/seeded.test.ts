import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { seededBytes } from '../src/seeded-bytes.ts';
import { seededRandom, shuffled } from '../src/seeded-random.ts';

describe('seededRandom', () => {
  test('gives the published numbers of Mulberry32', () => {
    // https://gist.github.com/tommyettinger/46a874533244883189143505d203312c: the generator; the values are those of its C code.
    const random = seededRandom(0);
    expect([random(), random()].map((value) => Math.floor(value * 2 ** 32))).toEqual([1144304738, 1416247]);
  });

  test('spreads evenly over its range', () => {
    const random = seededRandom(3);
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) {
      const bucket = Math.floor(random() * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.min(...buckets)).toBeGreaterThan(880);
    expect(Math.max(...buckets)).toBeLessThan(1120);
  });
});

describe('shuffled', () => {
  test('keeps every item and reaches every order', () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1) orders.add(shuffled(['a', 'b', 'c'], seededRandom(seed)).join(''));
    expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });
});

describe('seededBytes', () => {
  const all = (seed: string, size: number, piece?: number): Buffer =>
    Buffer.concat([...seededBytes(seed, size, piece)]);

  test('gives exactly the size that was asked for, in whatever pieces', () => {
    for (const size of [0, 1, 4095, 4096, 10_000]) expect(all('x', size, 4096)).toHaveLength(size);
    expect(all('x', 10_000, 4096)).toEqual(all('x', 10_000));
  });

  test('gives the same bytes for the same seed and others for another', () => {
    expect(all('1:file', 1000)).toEqual(all('1:file', 1000));
    expect(all('1:file', 1000)).not.toEqual(all('2:file', 1000));
  });

  test('cannot be compressed, and repeats no block', () => {
    const bytes = all('1:file', 1024 * 1024);
    expect(deflateRawSync(bytes).length).toBeGreaterThan(bytes.length * 0.99);
    const blocks = new Set(
      Array.from({ length: 256 }, (_, index) => bytes.subarray(index * 4096, (index + 1) * 4096).toString('latin1')),
    );
    expect(blocks.size).toBe(256);
  });
});
