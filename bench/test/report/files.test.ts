import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readReportSources } from '../../src/report/read-report-sources.ts';
import { pngRenderer } from '../../src/report/render-png.ts';
import { makeReport } from '../../src/report/report.ts';
import { writeReport } from '../../src/report/write-report.ts';
import { formatResult } from '../../src/result-file.ts';
import { fixture, gridSource, reportSources } from './report-fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeReport', () => {
  const small = async () => {
    const { charts, ...report } = makeReport(await reportSources());
    return { ...report, charts: charts.slice(0, 2) };
  };

  test('writes the page, every chart twice and every table, and replaces an earlier report as a whole', async () => {
    const report = await small();
    const out = join(folder, 'out');
    await writeReport(out, report, { png: await pngRenderer(), signal: new AbortController().signal });
    expect((await readdir(out)).sort()).toEqual(['charts', 'index.html', 'tables']);
    const charts = report.charts.flatMap(({ name }) => [name, name.replace('svg', 'png')]);
    expect((await readdir(join(out, 'charts'))).sort()).toEqual(charts.sort());
    const png = await readFile(join(out, 'charts', charts.find((name) => name.endsWith('png')) ?? ''));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBeGreaterThan(1000);
    expect((await readdir(join(out, 'tables'))).sort()).toEqual(Object.keys(report.tables).sort());
    await writeReport(out, { ...report, charts: [] });
    expect(await readdir(join(out, 'charts'))).toEqual([]);
    expect(await readdir(folder)).toEqual(['out']);
  });

  test('leaves alone a directory that holds anything else', async () => {
    const report = await small();
    const out = join(folder, 'home');
    await mkdir(out);
    await writeFile(join(out, 'index.html'), '<p>mine</p>');
    await expect(writeReport(out, report)).rejects.toThrow(TypeError);
    await writeReport(join(folder, 'report'), report);
    await writeFile(join(folder, 'report', 'notes.txt'), 'mine');
    await expect(writeReport(join(folder, 'report'), report)).rejects.toThrow(TypeError);
    await writeFile(join(folder, 'file'), '');
    await expect(writeReport(join(folder, 'file'), report)).rejects.toThrow(TypeError);
    expect((await readdir(folder)).sort()).toEqual(['file', 'home', 'report']);
  });

  test('leaves the earlier report and nothing beside it where drawing fails or is aborted', async () => {
    const report = await small();
    const out = join(folder, 'out');
    await writeReport(out, report);
    const broken = () => Promise.reject(new Error('no ink'));
    await expect(writeReport(out, report, { png: broken })).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED' });
    await expect(writeReport(out, report, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(folder)).toEqual(['out']);
    expect((await readdir(join(out, 'charts'))).length).toBe(report.charts.length);
  });
});

describe('readReportSources', () => {
  test('tells grids and rows apart, and gives files of one name two names', async () => {
    await symlink(fixture('grid.json'), join(folder, 'grid.json'));
    const sources = await readReportSources([fixture('grid.json'), fixture('rows.json'), join(folder, 'grid.json')]);
    expect(sources.map(({ name, result }) => [name, result.format])).toEqual([
      ['grid', 'graphdriver-bench'],
      ['rows', 'graphdriver-rows'],
      ['grid (2)', 'graphdriver-bench'],
    ]);
  });

  test('refuses what is missing, no result, or larger than a page has room for', async () => {
    const file = join(folder, 'file.json');
    await expect(readReportSources([file])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(readReportSources([folder])).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED' });
    await writeFile(file, '{}');
    await truncate(file, 2 ** 40);
    await expect(readReportSources([file])).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    const grid = await gridSource();
    const [target] = grid.targets;
    const crowd = Array.from({ length: 40 }, (_, index) => ({ ...target, label: `target ${index}` }));
    const sizes = Array.from({ length: 200 }, (_, index) => {
      const of = {
        workload: 'copy_up',
        size: index,
        layers: index,
        directories: index,
        placement: 'home',
        cache: 'warm',
      };
      return [`copy_up/${index === 0 ? '0B' : `${index}B`}/layers-${index}/directories-${index}/home/warm`, of];
    });
    const excesses = [
      { ...grid, targets: [...grid.targets, ...crowd] },
      { ...grid, cases: { ...grid.cases, ...Object.fromEntries(sizes) } },
      { ...grid, environment: { ...grid.environment, kernel: 'x'.repeat(1e5) } },
      { ...grid, targets: [...grid.targets, { ...target, label: 'x'.repeat(500) }] },
    ];
    for (const excess of excesses) {
      // Made here, and judged by the reader.
      await writeFile(file, formatResult(excess as typeof grid));
      await expect(readReportSources([file])).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    }
  });
});
