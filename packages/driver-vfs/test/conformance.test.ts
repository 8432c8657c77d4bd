import { describeConformance } from '@graphdriver/conformance/vitest';
import { vfs } from '../src/index.ts';

describeConformance({
  module: vfs,
  source: { specifier: import.meta.resolve('@graphdriver/driver-vfs'), export: 'vfs' },
});
