import { describeConformance } from '@graphdriver/conformance/vitest';
import { describe } from 'vitest';
import { overlay2 } from '../src/index.ts';

const subject = {
  module: overlay2,
  source: { specifier: new URL('../dist/index.js', import.meta.url).href, export: 'overlay2' },
};

describeConformance(subject);

// Other mount options, and diffs of another kind.
describe('with redirect_dir=on', () =>
  describeConformance({ ...subject, options: { settings: { redirect_dir: 'on' } } }));
