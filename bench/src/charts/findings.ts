import type { CopyUpCase } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes, formatNanoseconds } from '../format-units.ts';
import { type CopyUpValue, copyUpValues, type Factors, factorsOf } from './copy-up-values.ts';

/**
 * A sentence per target about the grid: what the first write costs at the simplest shape, and what size, layers and directories each
 * change about it. From the medians alone; shapes that were not measured are left out. Warm caches.
 */
export function copyUpFindings(result: BenchResult): string[] {
  const values = copyUpValues(result).filter(({ of }) => of.cache === 'warm' && of.placement === 'home');
  return result.targets.flatMap(({ label }) => {
    const own = values.filter(({ target, extra }) => target === label && extra !== null);
    const sentence = finding(own);
    return sentence === undefined ? [] : [`${label}: ${sentence}`];
  });
}

function finding(values: readonly CopyUpValue[]): string | undefined {
  const factors = factorsOf(values);
  const simplest = at(values, factors, {});
  const [size] = factors.sizes;
  if (simplest === undefined || size === undefined) return undefined;
  if (simplest <= 0) {
    const largest = Math.max(...values.map(({ extra }) => extra?.median ?? 0));
    return `the first write costs no more than a plain one at the simplest shape, and ${formatNanoseconds(Math.max(0, largest))} more at most.`;
  }
  const effects = [
    effect(values, factors, 'size', simplest, formatBytes(factors.sizes.at(-1) ?? 0)),
    effect(values, factors, 'layers', simplest, `${factors.layers.at(-1)} layers`),
    effect(values, factors, 'directories', simplest, `${factors.directories.at(-1)} directories`),
  ].filter((text) => text !== undefined);
  const start = `the first write to a file of ${formatBytes(size)} costs ${formatNanoseconds(simplest)} more than a plain one`;
  return `${[start, ...effects].join('; ')}.`;
}

type Factor = 'size' | 'layers' | 'directories';

const KEYS: Readonly<Record<Factor, 'sizes' | 'layers' | 'directories'>> = {
  size: 'sizes',
  layers: 'layers',
  directories: 'directories',
};

/** What the greatest value of one factor does, the others being at their smallest. */
function effect(
  values: readonly CopyUpValue[],
  factors: Factors,
  factor: Factor,
  simplest: number,
  name: string,
): string | undefined {
  const greatest = factors[KEYS[factor]].at(-1);
  if (greatest === undefined || greatest === factors[KEYS[factor]][0]) return undefined;
  const extra = at(values, factors, { [factor]: greatest });
  if (extra === undefined) return undefined;
  if (extra <= 0) return `${name} make it no dearer than a plain one`;
  return `with ${name} it is ${formatNanoseconds(extra)} (${formatFactor(extra / simplest)})`;
}

/** The median at the smallest of all factors but those given. */
function at(
  values: readonly CopyUpValue[],
  factors: Factors,
  shape: Partial<Pick<CopyUpCase, Factor>>,
): number | undefined {
  const [size, layers, directories] = [
    shape.size ?? factors.sizes[0],
    shape.layers ?? factors.layers[0],
    shape.directories ?? factors.directories[0],
  ];
  return values.find(({ of }) => of.size === size && of.layers === layers && of.directories === directories)?.extra
    ?.median;
}

function formatFactor(factor: number): string {
  const rounded = Number(factor.toPrecision(2));
  if (rounded === 1) return 'as much';
  return `${rounded >= 1000 ? rounded.toLocaleString('en-US') : rounded} times`;
}
