import { describe, expect, test } from 'vitest';
import { fileNamePart, makeChart } from '../../src/charts/chart.ts';
import { rampColour } from '../../src/charts/colours.ts';
import { copyUpHeatMaps } from '../../src/charts/copy-up-heat-maps.ts';
import { copyUpLines } from '../../src/charts/copy-up-lines.ts';
import { copyUpFindings } from '../../src/charts/findings.ts';
import { decades, linearScale, logScale, powersOfTen } from '../../src/charts/scale.ts';
import { shortTime } from '../../src/charts/short-units.ts';
import { element, escapeMarkup, label } from '../../src/charts/svg.ts';
import type { GridFactors } from '../../src/grid-cases.ts';
import { syntheticResult } from './synthetic-result.ts';

const factors: GridFactors = {
  sizes: [4096, 1048576],
  layers: [1, 16],
  directories: [1, 16],
  placements: ['home', 'every'],
  caches: ['warm'],
};

describe('scales', () => {
  test('put equal factors at equal distances, and what lies outside at the edge', () => {
    const x = logScale([1, 10_000], [0, 400]);
    expect([1, 10, 100, 10_000].map(x)).toEqual([0, 100, 200, 400]);
    expect([-5, 0, 1e9].map(x)).toEqual([0, 0, 400]);
  });

  test('of equal differences likewise', () => {
    expect([0, 1, 2, 3].map(linearScale([0, 2], [100, 0]))).toEqual([100, 50, 0, 0]);
  });

  test('span the decades of what is positive, and one at least', () => {
    expect(decades([-3, 0, 5e3, 2e5])).toEqual([1e3, 1e6]);
    expect(decades([1e3, 1e5])).toEqual([1e3, 1e5]);
    expect(decades([1e3])).toEqual([1e3, 1e4]);
    expect(decades([-1, 0])).toBeUndefined();
    expect(powersOfTen([1e3, 1e6])).toEqual([1e3, 1e4, 1e5, 1e6]);
  });
});

describe('the text of charts', () => {
  test('has times in two digits', () => {
    expect([-5, 950, 999.9, 1234, 45_600, 1.25e6, 678e6, 999.9e6, 2e9].map(shortTime)).toEqual([
      '≤ 0',
      '950 ns',
      '1 µs',
      '1.2 µs',
      '46 µs',
      '1.3 ms',
      '680 ms',
      '1 s',
      '2 s',
    ]);
  });

  test('cannot break out of its markup', () => {
    expect(label('a < b & "c"', 0, 0)).toBe('<text x="0" y="0">a &lt; b &amp; &quot;c&quot;</text>');
    expect(element('a', { b: '"><script>' })).toBe('<a b="&quot;&gt;&lt;script&gt;"/>');
    expect(escapeMarkup('>')).toBe('&gt;');
  });

  test('can be read on every colour of the ramp', () => {
    for (let step = 0; step <= 20; step += 1) {
      const { fill, ink } = rampColour(step / 20);
      expect(contrast(fill, ink)).toBeGreaterThan(4.5);
    }
  });

  test('makes file names of any label', () => {
    expect(fileNamePart('overlay2 volatile on /mnt/XFS 1')).toBe('overlay2-volatile-on-mnt-xfs-1');
  });
});

describe('a chart', () => {
  test('says to who cannot see it what it shows, and has colours for light and dark', () => {
    const { svg } = makeChart({ name: 'a.svg', title: 'A & B', subtitles: [], width: 100, height: 10, body: [] });
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(svg).toContain('<title>A &amp; B</title>');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toMatch(/role="img"/);
  });
});

describe('the charts of copy_up', () => {
  const result = syntheticResult(
    {
      steady: (of) => 1e6 + of.size,
      skipping: (of) => (of.layers === 16 ? Number.NaN : 1e5),
      free: () => -10_000,
    },
    factors,
  );

  test('are one heat map per target, with a cell for each shape', () => {
    const charts = copyUpHeatMaps(result);
    expect(charts.map(({ name }) => name)).toEqual(['copy-up-steady.svg', 'copy-up-skipping.svg', 'copy-up-free.svg']);
    const cells = charts.map(({ svg }) => svg.match(/width="59" height="24"/g)?.length);
    expect(cells).toEqual([16, 16, 16]);
    expect(charts[1]?.svg.match(/>skipped</g)).toHaveLength(8);
    expect(charts[2]?.svg.match(/>≤ 0</g)).toHaveLength(16);
  });

  test('are lines over the file size of those targets that pay anything', () => {
    const { svg = '' } = copyUpLines(result, 'warm') ?? {};
    expect(svg.match(/<path /g)).toHaveLength(2 * 2);
    expect(copyUpLines(result, 'cold')).toBeUndefined();
  });

  test('have no lines where there is one size only', () => {
    const single = syntheticResult({ steady: () => 1e6 }, { ...factors, sizes: [4096] });
    expect(copyUpLines(single, 'warm')).toBeUndefined();
  });

  test('are put into words by target', () => {
    const [steady = '', skipping = '', free = ''] = copyUpFindings(result);
    expect(steady).toContain('as much');
    expect(skipping).not.toContain('16 layers');
    expect(free).toContain('no more than a plain one');
  });
});

/** The ratio of contrast of WCAG 2. */
function contrast(fill: string, ink: string): number {
  const luminance = (channels: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
      const share = channel / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const a = luminance((fill.match(/\d+/g) ?? []).map(Number));
  const b = luminance(ink === '#ffffff' ? [255, 255, 255] : [0, 0, 0]);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
