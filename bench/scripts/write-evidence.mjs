// `pnpm run evidence`: writes what `graphdriver pick --workload` goes by, from docs/benchmarks/results/grid.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { evidenceOf, parseResult } from '../dist/index.js';

const source = new URL('../../docs/benchmarks/results/grid.json', import.meta.url);
const target = new URL('../src/workload-profiles/published-evidence.ts', import.meta.url);
const evidence = evidenceOf(parseResult(readFileSync(source, 'utf8'), source.pathname));
writeFileSync(
  target,
  `import type { Evidence } from './evidence.ts';

/** What docs/benchmarks/results/grid.json says of workloads. Written by pnpm run evidence. */
export const PUBLISHED_EVIDENCE: Evidence = ${JSON.stringify(evidence)};
`,
);
