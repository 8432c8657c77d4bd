import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchResult } from '@graphdriver/bench';
import { note } from '../terminal.ts';

/** Draws the charts of a result as SVG files in a directory, which is made where it does not exist. */
export async function writeCharts(result: BenchResult, directory: string): Promise<void> {
  const { gridCharts } = await import('@graphdriver/bench');
  const charts = gridCharts(result);
  await mkdir(directory, { recursive: true });
  for (const { name, svg } of charts) await writeFile(join(directory, name), svg);
  note(`${charts.length} charts are in ${directory}.`);
}
