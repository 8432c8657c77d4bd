import { Resvg } from '@resvg/resvg-js';
import { describe, expect, test } from 'vitest';
import { compareResults } from '../../src/evidence/compare-results.ts';
import { comparisonPage } from '../../src/report/comparison-page.ts';
import { makeReport } from '../../src/report/report.ts';
import { reportModel } from '../../src/report/report-model.ts';
import { readRows } from '../../src/rows/rows-file.ts';
import { HOSTILE, hostileResult } from './hostile-result.ts';
import { fixture, gridSource, reportSources } from './report-fixture.ts';

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

describe('makeReport', () => {
  test('makes the same report from the same results', async () => {
    expect(makeReport(await reportSources())).toEqual(makeReport(await reportSources()));
  });

  test('has a section for everything that was measured, and a table and the machine with every figure', async () => {
    const { page } = makeReport(await reportSources());
    for (const part of [
      'where',
      'space',
      'surfaces',
      'lines',
      'touches',
      'inside',
      'many',
      'models',
      'life',
      'archives',
      'distributions',
    ]) {
      expect(page.includes(`<section id="run-1-${part}"`)).toBe(true);
    }
    for (const id of ['rows-1', 'machines', 'compare']) expect(page.includes(`<section id="${id}"`)).toBe(true);
    const figures = page.split('<figure ').slice(1);
    expect(figures.length).toBeGreaterThan(10);
    for (const figure of figures) {
      expect(figure).toContain('<figcaption class="environment">Measured 20');
      expect(figure).toMatch(/<caption><span>[^<]+<\/span><\/caption>/);
      expect(figure).toContain('scope="row"');
    }
  });

  test('has every sample of a first write as a dot', async () => {
    const grid = await gridSource();
    const { page } = makeReport([{ name: 'grid', result: grid }]);
    const section = page.slice(
      page.indexOf('<section id="run-1-distributions"'),
      page.indexOf('<section id="machines"'),
    );
    const dots = [...section.matchAll(/class="sample t\d+" d="([^"]*)"/g)].flatMap(([, path = '']) =>
      path.split('h0').slice(1),
    );
    const samples = grid.samples.filter(({ case: id, operation }) => operation === 'first' && id.startsWith('copy_up'));
    expect(dots).toHaveLength(samples.length);
  });

  test('loads nothing and lets no script run but its own', async () => {
    const { page } = makeReport(await reportSources());
    expect(/(src|href)="(?!#)/.exec(page)).toBeNull();
    expect(/url\(|@import|https?:(?!\/\/www\.w3\.org\/2000\/svg)/.exec(page)).toBeNull();
    expect(page).toMatch(/default-src 'none'.*script-src 'sha256-[\w+/]+=*'/);
    expect(/ on\w+="/.exec(page)).toBeNull();
  });

  test('draws every chart of the page as an SVG document of its own', async () => {
    const { page, charts } = makeReport(await reportSources());
    for (const { name, svg } of charts) {
      const { width, height } = new Resvg(svg);
      expect(Math.min(width, height), name).toBeGreaterThan(100);
      if (name !== 'rows-1.svg') expect(page.includes(`<figure id="${name.replace('.svg', '')}"`)).toBe(true);
      expect(/NaN|undefined|Infinity/.exec(svg), name).toBeNull();
    }
    expect(charts).toHaveLength(occurrences(page, '<figure ') + 1);
    expect(/NaN|Infinity/.exec(page)).toBeNull();
  });

  test('writes every table as Markdown and as CSV with as many fields in each line', async () => {
    const { tables } = makeReport(await reportSources());
    const names = Object.keys(tables);
    for (const name of names.filter((one) => one.endsWith('.csv'))) {
      expect(names).toContain(name.replace('.csv', '.md'));
      const widths = (tables[name] ?? '')
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/"[^"]*"/g, '').split(',').length);
      expect(new Set(widths).size, name).toBe(1);
    }
    expect(tables['run-1-where-1.csv']).toMatch(/^target,create,get \(mount\),first write,every other write,/);
  });

  test('takes nothing in a result for markup or for a formula', async () => {
    const { page, charts, tables } = makeReport([{ name: HOSTILE, result: hostileResult(await gridSource()) }]);
    const texts = [page, ...charts.map(({ svg }) => svg), ...Object.values(tables)];
    for (const one of texts) expect(['\u0000', '\u202E'].some((unfit) => one.includes(unfit))).toBe(false);
    for (const one of texts) expect(Buffer.from(one).toString() === one).toBe(true);
    for (const one of [page, ...charts.map(({ svg }) => svg)]) expect(one.includes('<x-evil')).toBe(false);
    expect(occurrences(page, '</script>')).toBe(2);
    for (const { svg } of charts) expect(() => new Resvg(svg)).not.toThrow();
    for (const [name, table] of Object.entries(tables)) {
      if (name.endsWith('.csv')) expect(table, name).not.toMatch(/(^|,|\n)"?=/);
      else expect(table, name).not.toContain('<x-evil');
    }
  });

  test('makes do with rows alone, and with a grid in which nothing was measured', async () => {
    const rows = { name: 'rows', result: await readRows(fixture('rows.json')) };
    expect(makeReport([rows]).page).not.toContain('<section id="run-1');
    const empty = { ...(await gridSource()), samples: [], skips: [] };
    expect(makeReport([{ name: 'empty', result: empty }]).charts).toEqual([]);
    expect(() => makeReport([])).toThrow(TypeError);
  });

  test('survives values of nothing and of years', async () => {
    const grid = await gridSource();
    const extremes = grid.samples.map((sample, index) => ({
      ...sample,
      nanoseconds: [0, 1, Number.MAX_SAFE_INTEGER][index % 3] ?? 0,
    }));
    for (const samples of [extremes, grid.samples.map((sample) => ({ ...sample, nanoseconds: 0 }))]) {
      const { charts } = makeReport([{ name: 'grid', result: { ...grid, samples } }]);
      for (const { name, svg } of charts) expect(/NaN|undefined|Infinity/.exec(svg), name).toBeNull();
    }
  });
});

describe('reportModel', () => {
  test('fills up what a run has left unfinished, and keeps apart what two runs have finished', async () => {
    const grid = await gridSource();
    const [first] = grid.targets;
    const others = grid.targets.slice(1);
    const of = (...labels: (string | undefined)[]) => ({
      ...grid,
      targets: grid.targets.filter(({ label }) => labels.includes(label)),
      samples: grid.samples.filter(({ target }) => labels.includes(target)),
      skips: grid.skips.filter(({ target }) => labels.includes(target)),
      order: grid.order.filter(({ target }) => labels.includes(target)),
    });
    const apart = reportModel([
      { name: 'one', result: of(first?.label) },
      { name: 'other', result: of(...others.map(({ label }) => label)) },
    ]);
    expect(apart.runs.map(({ result }) => result.targets.length)).toEqual([grid.targets.length]);
    const twice = reportModel([
      { name: 'old', result: grid },
      { name: 'new', result: grid },
    ]);
    expect(twice.runs.map(({ name }) => name)).toEqual(['old', 'new']);
    expect(twice.labels).toHaveLength(grid.targets.length);
    const unfinished = { ...grid, complete: false, samples: grid.samples.slice(0, 5), skips: [] };
    const filled = reportModel([
      { name: 'old', result: unfinished },
      { name: 'new', result: grid },
    ]);
    expect(filled.runs.map(({ result }) => result.samples.length)).toEqual([grid.samples.length]);
  });

  test('gives a target one colour in all runs', async () => {
    const grid = await gridSource();
    const turned = { ...grid, targets: grid.targets.toReversed() };
    const { runs } = reportModel([
      { name: 'old', result: grid },
      { name: 'new', result: turned },
    ]);
    const colours = (index: number) => new Map(runs[index]?.targets.map(({ name, index: place }) => [name, place]));
    for (const [name, place] of colours(0)) expect(colours(1).get(name)).toBe(place);
  });
});

describe('two runs', () => {
  test('are compared in a section of their own', async () => {
    const grid = await gridSource();
    const { page } = makeReport([
      { name: 'old', result: grid },
      { name: 'new', result: grid },
    ]);
    expect(page.includes('<section id="run-1-run-2"')).toBe(true);
    expect(page.includes('<section id="run-2-surfaces"')).toBe(true);
  });

  test('and have a page of their own, in which names are text', async () => {
    const hostile = hostileResult(await gridSource());
    const page = comparisonPage(compareResults(hostile, hostile), HOSTILE, HOSTILE);
    expect(page.includes('<x-evil')).toBe(false);
    expect(page.includes('Every case, those that differ most surely first')).toBe(true);
    expect(occurrences(page, '</script>')).toBe(1);
  });
});
