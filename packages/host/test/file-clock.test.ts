import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileClock } from '../src/index.ts';
import { scratch } from './scratch.ts';

test('no file that is made after a look at the clock is older than what it said', () => {
  using room = scratch();
  for (let round = 0; round < 200; round++) {
    const before = fileClock();
    const file = join(room.path, `${round}`);
    writeFileSync(file, '');
    expect(statSync(file, { bigint: true }).ctimeNs).toBeGreaterThanOrEqual(before);
    expect(statSync(file, { bigint: true }).ctimeNs).toBeLessThanOrEqual(BigInt(Date.now() + 1) * 1_000_000n);
  }
});
