import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';
import { describe, expect, test } from 'vitest';
import { benchmarksPage } from '../../src/charts/benchmarks-page.ts';
import { readResult } from '../../src/result-file.ts';
import { readRows } from '../../src/rows/rows-file.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import { simulatedResult } from '../evidence/simulated-result.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`./fixture/${name}`, import.meta.url));
const source = async () => ({
  grid: await readResult(fixture('grid.json')),
  rows: await readRows(fixture('rows.json')),
});

describe('benchmarksPage', () => {
  test('makes the same page from the same results, to the byte', async () => {
    const files = benchmarksPage(await source());
    for (const [name, text] of Object.entries(files)) await expect(text).toMatchFileSnapshot(fixture(`page/${name}`));
    expect((await readdir(fixture('page'))).sort()).toEqual(Object.keys(files).sort());
  });

  test('shows every chart that it makes, and no other', async () => {
    const { 'README.md': page = '', ...charts } = benchmarksPage(await source());
    const shown = [...page.matchAll(/\]\(([^)]+\.svg)\)/g)].map(([, name]) => name);
    expect(shown.sort()).toEqual(Object.keys(charts).sort());
  });

  test('makes do with either of the results, or none', async () => {
    const { grid, rows } = await source();
    expect(Object.keys(benchmarksPage({ rows })).sort()).toEqual(['README.md', 'rows.svg']);
    expect(Object.keys(benchmarksPage({ grid }))).not.toContain('rows.svg');
    expect(Object.keys(benchmarksPage({}))).toEqual(['README.md']);
    const self = simulatedResult({ targets: ['it, first', 'it, second'], rounds: 6, random: seededRandom(1) });
    expect(benchmarksPage({ self })['README.md']).toContain('## A driver beside itself');
    expect(benchmarksPage({ grid, rows })['README.md']).not.toContain('## A driver beside itself');
  });

  test('has a page of its own for the run with other programs, with its own charts', async () => {
    const { grid } = await source();
    const files = benchmarksPage({ grid, oneRun: grid });
    expect(files['README.md']).toContain('](one-run.md)');
    const shown = [...(files['one-run.md'] ?? '').matchAll(/\]\(([^)]+\.svg)\)/g)].map(([, name]) => name);
    expect(shown.sort()).toEqual(
      Object.keys(files)
        .filter((name) => /^one-run-.*svg$/.test(name))
        .sort(),
    );
    expect(shown.length).toBeGreaterThan(2);
  });

  test('shows rows of another state of the machine in a table of their own, and says what it was', async () => {
    const { rows } = await source();
    const cpu = { ...rows.environment.cpu, idle: 'haltpoll, 200000 ns' };
    const polling = { ...rows, environment: { ...rows.environment, cpu } };
    const page = benchmarksPage({ rows, rowsElsewhere: [polling] })['README.md'] ?? '';
    expect(page).toContain('## Rows of another machine, or of another state of it');
    expect(page).toContain('own.\n- cpu.idle: haltpoll, 200000 ns, and above unknown\n\n');
    expect(page.split(`| ${rows.rows[0]?.id} `)).toHaveLength(3);
  });

  test('leaves out the charts for which nothing was measured', async () => {
    const { grid, rows } = await source();
    const files = benchmarksPage({ grid: { ...grid, samples: [] }, rows: { ...rows, samples: [] } });
    expect(Object.keys(files)).toEqual(['README.md']);
  });
});

describe('scripts/benchmarks.mjs', () => {
  const script = fileURLToPath(new URL('../../../scripts/benchmarks.mjs', import.meta.url));

  test('writes the page, whichever file comes first, and removes charts that are no longer made', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-page-'));
    try {
      await writeFile(join(directory, 'copy-up-of-yesterday.svg'), '');
      await run(process.execPath, [script, fixture('rows.json'), fixture('grid.json'), '--out', directory]);
      const files = benchmarksPage(await source());
      expect((await readdir(directory)).sort()).toEqual(Object.keys(files).sort());
      for (const [name, text] of Object.entries(files)) {
        expect(await readFile(join(directory, name), 'utf8')).toBe(text);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('says how it is used when it is given nothing', async () => {
    const { exitCode } = await run(process.execPath, [script], { okExitCodes: [2] });
    expect(exitCode).toBe(2);
  });
});
