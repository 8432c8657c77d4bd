import { describeConformance } from '@graphdriver/conformance/vitest';
import { overlay2 } from '../src/index.ts';

describeConformance({
  module: overlay2,
  source: { specifier: new URL('../dist/index.js', import.meta.url).href, export: 'overlay2' },
});
