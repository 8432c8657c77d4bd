import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { runProgram } from './command-line.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../bench/test/charts/fixture/${name}`, import.meta.url));
const [grid, rows] = [fixture('grid.json'), fixture('rows.json')];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphdriver-cli-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('graphdriver bench report', () => {
  it('writes a page, charts in two formats and tables in two formats, and says where', async () => {
    const out = join(folder, 'report');
    const ended = await runProgram(['bench', 'report', grid, rows, '--out', out, '--json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const told: unknown = JSON.parse(ended.stdout);
    const { charts, tables } = told as { charts: number; tables: number }; // The schema says so in the next line.
    expect(resultSchemas['bench report']?.parse(told)).toEqual({
      page: join(out, 'index.html'),
      charts,
      tables,
      png: true,
    });
    const names = await readdir(join(out, 'charts'));
    for (const ending of ['.svg', '.png']) expect(names.filter((name) => name.endsWith(ending))).toHaveLength(charts);
    expect(await readdir(join(out, 'tables'))).toHaveLength(2 * tables);
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('</html>');
    expect(await readdir(folder)).toEqual(['report']);
  });

  it('replaces an earlier report, and leaves PNG out when it is told to', async () => {
    const out = join(folder, 'report');
    for (const files of [[grid], [rows]]) {
      expect(await runProgram(['bench', 'report', ...files, '--out', out, '--no-png'])).toMatchObject({ code: 0 });
    }
    expect(await readdir(join(out, 'charts'))).toEqual(['rows-1.svg']);
  });

  it('writes nothing for files that are missing or no results, nor over what is no report', async () => {
    const out = join(folder, 'report');
    const other = join(folder, 'notes.txt');
    await writeFile(other, 'mine');
    const report = (file: string, directory: string) => runProgram(['bench', 'report', file, '--out', directory]);
    expect(await report(join(folder, 'none.json'), out)).toMatchObject({ code: 4 });
    expect(await report(other, out)).toMatchObject({ code: 1 });
    expect(await report(grid, folder)).toMatchObject({ code: 2 });
    expect(await runProgram(['bench', 'report', grid])).toMatchObject({ code: 2 });
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });
});

describe('graphdriver bench compare --html', () => {
  it('writes the comparison as a page beside what it prints', async () => {
    const page = join(folder, 'comparison.html');
    const ended = await runProgram(['bench', 'compare', grid, grid, '--html', page, '--json']);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ cases: expect.any(Array) });
    expect(await readFile(page, 'utf8')).toContain('grid after grid');
    const nowhere = await runProgram(['bench', 'compare', grid, grid, '--html', join(folder, 'no', 'page.html')]);
    expect(nowhere.code).not.toBe(0);
    expect(await readdir(folder)).toEqual(['comparison.html']);
  });
});
