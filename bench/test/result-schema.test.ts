import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../src/bench-case.ts';
import type { BenchResult, SampleRecord } from '../src/bench-result.ts';
import { BESIDE_THE_GRID } from '../src/grid-cases.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { formatSchema, resultSchema } from '../src/result-schema.ts';
import { findFault } from '../src/result-shape.ts';
import { formatRows, parseRows } from '../src/rows/rows-file.ts';
import { findRowsFault } from '../src/rows/rows-shape.ts';
import { resultOf } from './result-fixture.ts';

const docs = new URL('../../docs/benchmarks/', import.meta.url);
const fixtures = new URL('./charts/fixture/', import.meta.url);
// The format of times is an annotation beside their pattern.
const validate = new Ajv2020({ strict: true, strictRequired: false, validateFormats: false }).compile(resultSchema());

const files = [new URL('results/', docs), fixtures].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => new URL(name, folder)),
);

/** What is published, as it is read. */
function readAny(url: URL): object {
  const text = readFileSync(url, 'utf8');
  return text.includes('"graphdriver-rows"') ? parseRows(text, url.pathname) : parseResult(text, url.pathname);
}

describe('the schema of result files', () => {
  test('is published as the rules of the reader make it: `pnpm run schema` writes it', () => {
    expect(readFileSync(new URL('result.schema.json', docs), 'utf8')).toBe(formatSchema());
  });

  test.each(files.map((url) => [url.pathname.split('/').slice(-2).join('/'), url] as const))('fits %s', (_, url) => {
    expect(validate(JSON.parse(readFileSync(url, 'utf8'))), JSON.stringify(validate.errors)).toBe(true);
  });

  test('fits a case of every workload, and everything that a result can hold', () => {
    const whole = wholeResult();
    expect(validate(JSON.parse(formatResult(whole))), JSON.stringify(validate.errors)).toBe(true);
    expect(parseResult(formatResult(whole), 'it')).toEqual(whole);
  });

  test('lets files say where it is', () => {
    const named = { $schema: String(resultSchema()['$id']), ...wholeResult() };
    expect(validate(JSON.parse(formatResult(named)))).toBe(true);
    expect(parseResult(formatResult(named), 'it')).toEqual(named);
    const rows = { $schema: 'x', ...parseRows(readFileSync(new URL('rows.json', fixtures), 'utf8'), 'rows') };
    expect(validate(JSON.parse(formatRows(rows)))).toBe(true);
  });

  test.each<[string, object, (value: unknown) => string | undefined]>([
    ['a result', wholeResult(), findFault],
    ['rows', readAny(new URL('rows.json', fixtures)), findRowsFault],
  ])('refuses every change of a single field of %s that the reader refuses for that field', (_, value, faultOf) => {
    const disagreements: string[] = [];
    let refused = 0;
    for (const { place, changed } of mutations(value)) {
      const fault = faultOf(changed);
      const fits = validate(changed);
      // What one part says of another is beyond a schema; the reader says so in other words.
      const beyond = fault !== undefined && /has no |is another case|half a pair/.test(fault);
      if (fault !== undefined && !beyond) refused += 1;
      if (fits !== (fault === undefined || beyond)) disagreements.push(`${place}: ${fault ?? 'fine'}`);
    }
    expect(disagreements).toEqual([]);
    expect(refused).toBeGreaterThan(100);
  });
});

/** A result that has every optional field. */
function wholeResult(): BenchResult {
  const cases: BenchCase[] = [
    { workload: 'copy_up', size: 4096, layers: 1, directories: 1, placement: 'home', cache: 'warm' },
    ...BESIDE_THE_GRID,
  ];
  const sample: SampleRecord = {
    target: 'overlay2',
    case: caseId({ workload: 'space', files: 64, fileSize: 1024 ** 2, append: 4096 }),
    operation: 'unlink',
    round: 0,
    index: 0,
    nanoseconds: 1500,
    bytes: 4096,
    allocated: -4096,
    deviceBytes: 8192,
    reported: 31_000,
  };
  return {
    ...resultOf(cases, [sample], [{ target: 'overlay2', case: sample.case, reason: 'In round 1.', round: 1 }]),
    configuration: { budget: 1, patience: 2, mostSamples: 3, timeout: 4 },
    continued: [
      {
        startedAt: '2026-01-03T03:04:05Z',
        differences: [{ what: 'kernel', before: '6.1.0', after: '6.2.0' }],
      },
    ],
  };
}

/** Values that fields are given. */
const OTHERS: readonly unknown[] = [undefined, null, true, -1, 0.5, 1e300, '', 'fly', '2026-01-03T03:04:05Z', [], {}];

/** Copies of a value in which one field, at any depth, is gone or something else. Of lists the first item stands for all. */
function* mutations(value: unknown): Generator<{ readonly place: string; readonly changed: unknown }> {
  for (const path of pathsOf(value)) {
    for (const other of OTHERS) {
      const changed: unknown = structuredClone(value);
      let parent = changed as Record<string, unknown>; // The paths are those of the value: there is an object at each step.
      for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
      const last = path.at(-1) ?? '';
      if (other === undefined) delete parent[last];
      else parent[last] = other;
      yield { place: `${path.join('.')} = ${JSON.stringify(other)}`, changed };
    }
  }
}

function pathsOf(value: unknown, above: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? Object.entries(value).slice(0, 1) : Object.entries(value);
  return entries.flatMap(([key, inner]) => [
    ...(Array.isArray(value) ? [] : [[...above, key]]),
    ...pathsOf(inner, [...above, key]),
  ]);
}
