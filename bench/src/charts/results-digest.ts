import { caseId, type LifecycleCase, type Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes, formatNanoseconds } from '../format-units.ts';
import { samplesByRound, summarizeIn } from '../summaries.ts';
import { emptyCell } from '../tables/table-cell.ts';
import { renderTable } from '../text-table.ts';
import { type CopyUpValue, copyUpValues, factorsOf } from './copy-up-values.ts';

/** What a digest stands between, in a text that is otherwise written by hand. */
const BEGIN = '<!-- results: written by node scripts/benchmarks.mjs -->';
const END = '<!-- end of results -->';

/** A result in one table of Markdown: the life of a container on the largest image, and first writes to three sizes of files, target by target. */
export function resultsDigest(result: BenchResult): string {
  const lives = Object.values(result.cases).filter((of): of is LifecycleCase => of.workload === 'lifecycle');
  const life = lives.toSorted((one, other) => bytesOf(other) - bytesOf(one)).at(0);
  const plain = copyUpValues(result).filter(
    ({ of }) => of.layers === 1 && of.directories === 1 && of.cache === 'warm' && of.placement === 'home',
  );
  const { sizes } = factorsOf(plain);
  const shown = [...new Set([sizes.at(0), sizes.at(sizes.length >> 1), sizes.at(-1)])].filter(
    (size) => size !== undefined,
  );
  const timeOf = (target: string, operation: Operation): string[] => {
    if (life === undefined) return [];
    const median = summarizeIn(result, samplesByRound(result, target, caseId(life), operation))?.median;
    return [median === undefined ? emptyCell(result, target, life) : formatNanoseconds(median)];
  };
  const headings = [
    ...(life === undefined ? [] : ['create', 'mount']),
    ...shown.map((size) => `first write, ${formatBytes(size)}`),
    ...(life === undefined ? [] : ['unmount', 'remove']),
  ];
  const rows = result.targets.map(({ label }) => [
    label,
    ...timeOf(label, 'create'),
    ...timeOf(label, 'get'),
    ...shown.map((size) => extraOf(plain.find(({ target, of }) => target === label && of.size === size))),
    ...timeOf(label, 'put'),
    ...timeOf(label, 'remove'),
  ]);
  const columns = [{ heading: '' }, ...headings.map((heading) => ({ heading, align: 'right' as const }))];
  const { cpu, kernel, commit } = result.environment;
  const image =
    life === undefined ? '' : ` A container on an image of ${formatBytes(bytesOf(life))} in ${life.files} files.`;
  return [
    renderTable(columns, rows, 'markdown').trimEnd(),
    `Medians.${image} A first write is an append of one byte to a file of a lower layer, beyond the same in a plain directory.`,
    `Measured on ${result.startedAt.slice(0, 10)} at commit ${commit?.slice(0, 12) ?? 'none'}, ${cpu.count} × ${cpu.model}, Linux ${kernel}.`,
  ].join('\n\n');
}

/** Puts a digest into a text in the place of the one that it has. @throws {TypeError} where the text has no place for it */
export function withDigest(text: string, digest: string): string {
  const [before, rest] = halves(text, BEGIN);
  const [, after] = halves(rest, END);
  return `${before}${BEGIN}\n\n${digest}\n\n${END}${after}`;
}

function halves(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at === -1) throw new TypeError(`There is no ${mark} in the text.`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function bytesOf({ files, fileSize }: LifecycleCase): number {
  return files * fileSize;
}

function extraOf(value: CopyUpValue | undefined): string {
  if (value === undefined) return '';
  if (value.extra === null) return value.skipped ? 'skipped' : '–';
  return value.extra.median > 0 ? formatNanoseconds(value.extra.median) : '≤ 0';
}
