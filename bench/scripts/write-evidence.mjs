// `pnpm run evidence`: writes what `graphdriver pick --workload` goes by, from the grid in docs/benchmarks/results,
// and from the run with other programs what our drivers cost that are not in it.
import { readFileSync, writeFileSync } from 'node:fs';
import { evidenceOf, knownPeers, mergeResults, parseResult } from '../dist/index.js';

const published = (name) => {
  const file = new URL(`../../docs/benchmarks/results/${name}`, import.meta.url);
  return parseResult(readFileSync(file, 'utf8'), file.pathname);
};

/** A result of some of its targets. */
function only(result, targets) {
  const labels = new Set(targets.map(({ label }) => label));
  const theirs = ({ target }) => labels.has(target);
  const { order, samples, skips } = result;
  return {
    ...result,
    targets,
    order: order.filter(theirs),
    samples: samples.filter(theirs),
    skips: skips.filter(theirs),
  };
}

const grid = published('grid.json');
const oneRun = published('one-run.json');
const known = new Set([...grid.targets.map(({ label }) => label), ...knownPeers.map(({ module }) => module.name)]);
const missing = oneRun.targets.filter(({ label, driver }) => !known.has(label) && !known.has(driver));
const evidence = evidenceOf(mergeResults([grid, only(oneRun, missing)]));
writeFileSync(
  new URL('../src/workload-profiles/published-evidence.ts', import.meta.url),
  `import type { Evidence } from './evidence.ts';

/** What docs/benchmarks/results/ says of workloads. Written by pnpm run evidence. */
export const PUBLISHED_EVIDENCE: Evidence = ${JSON.stringify(evidence)};
`,
);
