import { fileURLToPath } from 'node:url';
import type { ReportSource } from '../../src/report/report-model.ts';
import { readResult } from '../../src/result-file.ts';
import { readRows } from '../../src/rows/rows-file.ts';
import { withAllWorkloads } from './hostile-result.ts';

/** A file beside the tests of the charts. */
export const fixture = (name: string): string => fileURLToPath(new URL(`../charts/fixture/${name}`, import.meta.url));

/** A grid with all workloads, and rows. */
export async function reportSources(): Promise<readonly ReportSource[]> {
  return [
    { name: 'grid', result: withAllWorkloads(await readResult(fixture('grid.json'))) },
    { name: 'rows', result: await readRows(fixture('rows.json')) },
  ];
}

/** The grid alone. */
export async function gridSource() {
  return withAllWorkloads(await readResult(fixture('grid.json')));
}
