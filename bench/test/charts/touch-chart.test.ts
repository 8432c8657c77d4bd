import { Resvg } from '@resvg/resvg-js';
import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../../src/bench-case.ts';
import type { SampleRecord } from '../../src/bench-result.ts';
import { touchChart } from '../../src/charts/touch-chart.ts';
import { AROUND_THE_CENTRE } from '../../src/grid-cases.ts';
import { resultOf } from '../result-fixture.ts';

const samplesOf = (cases: readonly BenchCase[]): SampleRecord[] =>
  cases.flatMap((of) =>
    (['plain', 'first'] as const).map((operation) => {
      const nanoseconds = operation === 'plain' ? 1_000_000 : 4_000_000;
      return { target: 'overlay2', case: caseId(of), operation, round: 0, index: 0, nanoseconds };
    }),
  );

describe('touchChart', () => {
  test('has a panel for everything around the centre, with what it takes beyond the plain one', () => {
    const { svg = '' } = touchChart(resultOf(AROUND_THE_CENTRE, samplesOf(AROUND_THE_CENTRE))) ?? {};
    expect(svg.match(/>3 ms</g)).toHaveLength(AROUND_THE_CENTRE.length);
    expect(svg).toContain('>open with O_TRUNC<');
    expect(svg).toContain('>8 at once<');
    expect(() => new Resvg(svg)).not.toThrow();
  });

  test('says what was not measured, and is not there where nothing was', () => {
    const [one, ...others] = AROUND_THE_CENTRE;
    const { svg = '' } = touchChart(resultOf(AROUND_THE_CENTRE, one === undefined ? [] : samplesOf([one]))) ?? {};
    expect(svg.match(/>not measured</g)).toHaveLength(others.length);
    expect(touchChart(resultOf(AROUND_THE_CENTRE, []))).toBeUndefined();
    expect(touchChart(resultOf([], []))).toBeUndefined();
  });
});
