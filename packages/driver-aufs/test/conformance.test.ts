import { tmpdir } from 'node:os';
import { describeConformance } from '@graphdriver/conformance/vitest';
import { afterAll, beforeAll } from 'vitest';
import { aufs } from '../src/index.ts';
import { guardMounts } from './guard-mounts.ts';

let guard: Disposable;

beforeAll(() => {
  guard = guardMounts(tmpdir());
});

afterAll(() => guard[Symbol.dispose]());

describeConformance({
  module: aufs,
  source: { specifier: new URL('../dist/index.js', import.meta.url).href, export: 'aufs' },
});
