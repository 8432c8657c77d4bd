import { gammaln } from 'simple-statistics';

/** Terms of the continued fraction that are looked at: it has converged to twelve digits long before. */
const TERMS = 300;
const TINY = 1e-300;
const quantiles = new Map<string, number>();

/**
 * The chance that Student's t with `degrees` of freedom lies farther from 0 than `t` on either side: what a two-sided test calls p.
 *
 * Correct to about ten digits: it is the regularised incomplete beta function of DLMF 8.17.
 */
export function twoSidedP(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The `t` that Student's t with `degrees` of freedom stays below with this probability, from 0.5 up to 1. Remembered: asked for thousands of times. */
export function quantileOfT(probability: number, degrees: number): number {
  const key = `${probability}/${degrees}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  const tail = 2 * (1 - probability);
  let high = 1;
  while (twoSidedP(high, degrees) > tail) high *= 2;
  let low = 0;
  for (let step = 0; step < 100 && high - low > 1e-12 * high; step += 1) {
    const middle = (low + high) / 2;
    if (twoSidedP(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  quantiles.set(key, high);
  return high;
}

function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The continued fraction converges fast on one side of the mean only; the other side is its mirror image.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  return front * continuedFraction(x, a, b);
}

/** By the method of Lentz, as Thompson and Barnett changed it (Journal of Computational Physics 64, 1986). */
function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / awayFromZero(1 + term * d);
      c = awayFromZero(1 + term / c);
      step = c * d;
      value *= step;
    }
    if (Math.abs(step - 1) < 1e-14) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
