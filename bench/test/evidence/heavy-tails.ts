import { normalBelow } from '../../src/evidence/normal.ts';
import { quantileOfT } from '../../src/evidence/student-t.ts';
import type { Random } from '../../src/seeded-random.ts';

/** Standard deviation of the logarithm of one observation. */
export const NOISE = 0.2;
/** Student's t with 3 degrees of freedom has a standard deviation of √3: its tails are so heavy that its fourth moment is infinite. */
const SCALE = NOISE / Math.sqrt(3);

/** One observation's noise, as a logarithm: Student's t with 3 degrees of freedom (Bailey, Mathematics of Computation 62, 1994). */
export function heavyNoise(random: Random): number {
  for (;;) {
    const u = 2 * random() - 1;
    const v = 2 * random() - 1;
    const w = u * u + v * v;
    if (w > 0 && w <= 1) return SCALE * u * Math.sqrt((3 * (w ** (-2 / 3) - 1)) / w);
  }
}

/** What theory says of the difference of two such noises, which is what a pair has. */
export interface PairTheory {
  /** Of the 20 % trimmed mean of n differences, times √n (Huber and Ronchetti, Robust Statistics, 3.3). */
  readonly trimmedMeanError: number;
  /** Of any unbiased estimate of n differences, times √n, by Cramér and Rao. */
  readonly leastError: number;
}

/** Integrates numerically over the density of the difference, which is that of the noise folded with itself. */
export function pairTheory(): PairTheory {
  const step = 0.004;
  const half = 1000; // ± 4, more than thirty scales of the noise
  const noise = (x: number): number => 2 / (Math.PI * SCALE * Math.sqrt(3) * (1 + (x / SCALE) ** 2 / 3) ** 2);
  const single = Float64Array.from({ length: 4 * half + 1 }, (_, index) => noise((index - 2 * half) * step));
  const density = Float64Array.from({ length: 2 * half + 1 }, (_, at) => {
    let sum = 0;
    for (let index = 0; index <= 2 * half; index += 1) {
      sum += (single[half + index] ?? 0) * (single[2 * half + (at - index)] ?? 0);
    }
    return sum * step;
  });
  let information = 0;
  let mass = 0;
  let cut = 0; // the 80 % point
  let squares = 0; // below that, on one side of 0
  for (let at = half; at < 2 * half; at += 1) {
    const [here = 0, next = 0] = [density[at], density[at + 1]];
    information += (2 * ((next - here) / step) ** 2 * step) / ((here + next) / 2);
    if (mass < 0.3) {
      const x = (at - half + 0.5) * step;
      mass += ((here + next) / 2) * step;
      squares += x * x * ((here + next) / 2) * step;
      cut = x;
    }
  }
  const variance = (2 * squares + 2 * 0.2 * cut * cut) / 0.6 ** 2;
  return { trimmedMeanError: Math.sqrt(variance), leastError: 1 / Math.sqrt(information) };
}

/** How often a true difference of `shift` is found by a test at `level` that Student's t of so many degrees of freedom decides. */
export function power(shift: number, standardError: number, of: { level: number; degrees: number }): number {
  return normalBelow(shift / standardError - quantileOfT(1 - of.level / 2, of.degrees));
}
