import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SegmentMap } from '../src/segment-map.ts';

const BLOCK = 4096;
const HOLE = 16 * BLOCK;

describe('a segment map', () => {
  test('joins what is closer than 64 KiB, also at both ends of the file', () => {
    const map = new SegmentMap();
    map.add(BLOCK, BLOCK);
    map.add(4 * BLOCK, BLOCK);
    map.add(5 * BLOCK + HOLE, BLOCK);
    expect(map.finish(7 * BLOCK + HOLE)).toEqual([
      { offset: 0, length: 5 * BLOCK },
      { offset: 5 * BLOCK + HOLE, length: 2 * BLOCK },
    ]);
  });

  test('is none for a file without a hole', () => {
    const map = new SegmentMap();
    map.add(0, 10 * BLOCK);
    expect(map.finish(10 * BLOCK + 1)).toBeNull();
  });

  test('has at most 16,384 segments, the smallest holes being filled first', () => {
    const map = new SegmentMap();
    const period = BLOCK + HOLE;
    for (let index = 0; index < 17_000; index++) map.add(index * period, BLOCK);
    const far = 17_000 * period;
    map.add(far + HOLE, BLOCK);
    const end = far + HOLE + BLOCK;
    map.add(end + 2 * HOLE, BLOCK);
    expect(map.finish(end + 2 * HOLE + BLOCK)).toEqual([
      { offset: 0, length: 16_999 * period + BLOCK },
      { offset: far + HOLE, length: BLOCK },
      { offset: end + 2 * HOLE, length: BLOCK },
    ]);
  });

  test('is the same in whatever pieces the data is told', () => {
    const blocks = fc.array(fc.boolean(), { minLength: 17, maxLength: 200 });
    fc.assert(
      fc.property(blocks, (hasData) => {
        const [single, joined] = [new SegmentMap(), new SegmentMap()];
        for (let at = 0; at < hasData.length; at++) {
          if (hasData[at] === true) single.add(at * BLOCK, BLOCK);
        }
        for (let at = 0; at < hasData.length; at++) {
          const start = at;
          while (hasData[at] === true) at++;
          if (at > start) joined.add(start * BLOCK, (at - start) * BLOCK);
        }
        expect(joined.finish(hasData.length * BLOCK)).toEqual(single.finish(hasData.length * BLOCK));
      }),
    );
  });
});
