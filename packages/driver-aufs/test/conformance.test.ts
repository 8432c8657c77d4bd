import { describeConformance } from '@graphdriver/conformance/vitest';
import { guardedRoot } from '@graphdriver/testkit';
import { afterAll, beforeAll } from 'vitest';
import { aufs } from '../src/index.ts';

let scratch: Awaited<ReturnType<typeof guardedRoot>>;

beforeAll(async () => {
  scratch = await guardedRoot({ prefix: 'wurzel-ä-' });
}, 600_000);

afterAll(() => scratch?.[Symbol.asyncDispose]());

describeConformance(
  {
    module: aufs,
    source: { specifier: new URL('../dist/index.js', import.meta.url).href, export: 'aufs' },
  },
  { root: () => scratch.path },
);
