import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireOrSkip } from '@graphdriver/testkit';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compareResults } from '../../src/evidence/compare-results.ts';
import { comparisonPage } from '../../src/report/comparison-page.ts';
import { makeReport } from '../../src/report/report.ts';
import { browserReason, startBrowser } from './browser.ts';
import { HOSTILE, hostileResult } from './hostile-result.ts';
import { gridSource, reportSources } from './report-fixture.ts';

const reason = requireOrSkip('chromium', browserReason());
const WIDTHS = [360, 800, 1440, 1600];

describe.skipIf(reason !== null)(`the page of a report in a browser${reason === null ? '' : ` (${reason})`}`, () => {
  let folder: string;
  let browser: Browser;
  const faults: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-page-'));
    const grid = await gridSource();
    const hostile = hostileResult(grid);
    const pages = {
      report: makeReport(await reportSources()).page,
      hostile: makeReport([{ name: HOSTILE, result: hostile }]).page,
      comparison: comparisonPage(
        compareResults(hostile, grid, { before: hostile.targets[0]?.label ?? '', after: grid.targets[0]?.label ?? '' }),
        HOSTILE,
        'after',
      ),
    };
    for (const [name, page] of Object.entries(pages)) await writeFile(join(folder, `${name}.html`), page);
    browser = await startBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    expect(faults.splice(0)).toEqual([]);
  });

  async function open(name: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, ...options });
    page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => faults.push(dialog.message()));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) faults.push(request.url());
    });
    await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
    return page;
  }

  test.each(WIDTHS)('has charts with data and nothing that sticks out at %i pixels', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('report', { viewport: { width, height: 900 }, colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const drawn = await page.locator('figure:not(details figure) svg.chart').evaluateAll((charts) =>
        charts.map((chart) => {
          const { width: wide, height } = chart.getBoundingClientRect();
          return { wide, height, marks: chart.querySelectorAll('path, rect').length };
        }),
      );
      expect(drawn.length).toBeGreaterThan(10);
      for (const { wide, height, marks } of drawn) {
        expect(Math.min(wide, height, marks * 100)).toBeGreaterThan(30);
        expect(wide).toBeLessThanOrEqual(width);
      }
      await page.close();
    }
  });

  test('has texts that stand out from the page in either brightness, also where the switch overrules the system', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('report', { colorScheme });
      for (const choice of ['system', 'light', 'dark']) {
        await page.selectOption('#theme', choice);
        const dark = choice === 'system' ? colorScheme === 'dark' : choice === 'dark';
        expect(luminance(await page.evaluate('getComputedStyle(document.body).backgroundColor')) < 0.2).toBe(dark);
        expect(await leastContrast(page)).toBeGreaterThanOrEqual(4.5);
      }
      await page.close();
    }
  });

  test('shows what the filter says, by keyboard too', async () => {
    const page = await open('report');
    const shown = (selector: string) => page.locator(`${selector}:visible`).count();
    const lines = 'figure .panel path.line.t0';
    expect(await shown(lines)).toBeGreaterThan(0);
    await page.locator('input[name=target]').first().focus();
    await page.keyboard.press('Space');
    expect(await shown(lines)).toBe(0);
    expect(await shown('th[data-target="0"]')).toBe(0);
    expect(await page.textContent('#shown')).toContain('1 of 2 targets');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.name')).toBe('target');
    await page.getByRole('button', { name: 'Show all' }).press('Enter');
    await expect.poll(() => shown(lines)).toBeGreaterThan(0);
    await page.selectOption('select[name=layers]', '16');
    expect(await shown('.panel[data-layers="1"]')).toBe(0);
    expect(await shown('.panel[data-layers="16"]')).toBeGreaterThan(0);
    // A map keeps its shape: the columns of other depths step back.
    const columns = `[...document.querySelectorAll('figure .column')]
      .map((column) => (column.dataset.layers === '16' ? 'chosen ' : 'other ') + getComputedStyle(column).opacity)`;
    expect(new Set(await page.evaluate<string[]>(columns))).toEqual(new Set(['chosen 1', 'other 0.2']));
    await page.close();
  });

  test('closes up the strips of a chart where one is hidden', async () => {
    const page = await open('report');
    const height = async () => (await page.locator('#run-1-life svg.chart').first().boundingBox())?.height ?? 0;
    const whole = await height();
    await page.locator('input[name=target]').first().uncheck();
    expect(await height()).toBeLessThan(whole - 20);
    await page.close();
  });

  test('puts two targets side by side, and turns ratios round with them', async () => {
    const page = await open('report');
    const ratio = async () =>
      Number((await page.textContent('#comparison tbody tr:nth-child(2) td span'))?.split(' ')[0]);
    expect(await page.locator('#comparison svg.chart:not(.bar)').count()).toBe(2);
    const there = await ratio();
    expect(Math.abs(there - 1)).toBeGreaterThan(0.1);
    await page.getByRole('button', { name: 'Swap' }).click();
    expect(there * (await ratio())).toBeCloseTo(1, 0);
    await page.selectOption('#side-a', await page.inputValue('#side-b'));
    expect(await page.locator('#comparison table').count()).toBe(0);
    await page.close();
  });

  test('can be walked through by keyboard, and names everything', async () => {
    const page = await open('report');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('results');
    for (const role of ['button', 'combobox', 'checkbox', 'region', 'img', 'link', 'table'] as const) {
      const all = await page.getByRole(role).count();
      expect(all, role).toBeGreaterThan(0);
      expect(await page.getByRole(role, { name: /\S/ }).count(), role).toBe(all);
    }
    const headings = await page.locator('h1, h2, h3').evaluateAll((found) => found.map(({ tagName }) => tagName));
    expect(headings.filter((name) => name === 'H1')).toHaveLength(1);
    await page.close();
  });

  test('takes no markup from names, and fits small screens with long ones', async () => {
    for (const name of ['hostile', 'comparison']) {
      const page = await open(name, { viewport: { width: 360, height: 800 } });
      expect(await page.locator('x-evil').count()).toBe(0);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      await page.close();
    }
  });
});

/** Of a computed colour, as WCAG 2 has it. */
function luminance(colour: unknown): number {
  const [red = 0, green = 0, blue = 0] = (String(colour).match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Between the page and everything that is written on it, but for what stands on cells of its own colour. */
async function leastContrast(page: Page): Promise<number> {
  const background = luminance(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
  const inks = await page
    .locator('h2, p, a, summary, figcaption, caption span, .filter label, svg text:not([style])')
    .evaluateAll((all) =>
      all.map((one) => {
        const style = one.ownerDocument.defaultView?.getComputedStyle(one);
        return (one.namespaceURI?.endsWith('svg') ? style?.fill : style?.color) ?? '';
      }),
    );
  return Math.min(
    ...[...new Set(inks)].map(luminance).map((ink) => {
      const [light, dark] = [Math.max(ink, background), Math.min(ink, background)];
      return (light + 0.05) / (dark + 0.05);
    }),
  );
}
