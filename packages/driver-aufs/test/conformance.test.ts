import { describeConformance } from '@graphdriver/conformance/vitest';
import { aufs } from '../src/index.ts';

describeConformance({
  module: aufs,
  source: { specifier: new URL('../dist/index.js', import.meta.url).href, export: 'aufs' },
});
