import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFaultHandler } from '@graphdriver/host';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replay, type Step, shortest, stepsFrom } from './random-io.ts';

const SIZE = 50_000;
const STEPS = 200;
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'random-io-'));
  path = join(directory, 'file');
  writeFileSync(path, Buffer.alloc(SIZE, 1));
});

afterEach(() => {
  setFaultHandler(undefined);
  rmSync(directory, { recursive: true });
});

it('a plain file goes through every history as its model', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    expect(replay(path, stepsFrom(seed, STEPS, SIZE)), `seed ${seed}`).not.toHaveProperty('failure');
  }
});

it('a history is the same for the same seed, and has steps of every kind', () => {
  expect(stepsFrom(7, STEPS, SIZE)).toEqual(stepsFrom(7, STEPS, SIZE));
  expect(new Set(stepsFrom(7, STEPS * 10, SIZE).map(({ kind }) => kind)).size).toBe(15);
});

it('a file that changes by itself is found, and the history is cut to the step that does it', async () => {
  // Whatever a punched hole leaves, the first byte is another.
  const steps = stepsFrom(1, STEPS, SIZE);
  const fails = async (some: readonly Step[]): Promise<boolean> => {
    writeFileSync(path, Buffer.alloc(SIZE, 1));
    let passed = 0;
    setFaultHandler((call) => {
      if (call !== 'fallocate') return;
      passed += 1;
      writeFileSync(path, Buffer.from([passed + 100]), { flag: 'r+' });
    });
    return 'failure' in replay(path, some);
  };
  expect(await fails(steps)).toBe(true);
  const history = await shortest(steps, fails, 20_000);
  expect(history.length).toBe(1);
  expect(['punch', 'zero', 'zero-keep-size', 'allocate', 'collapse']).toContain(history[0]?.kind);
});
