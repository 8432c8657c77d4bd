/** Weighted least squares without negative coefficients: rows of terms, and what each row is to come to. */
export interface LinearProblem {
  /** All rows one after the other. */
  readonly terms: Float64Array;
  /** Terms per row. */
  readonly width: number;
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

const SWEEPS = 2000;
const TOLERANCE = 1e-12;

/**
 * The coefficients ≥ 0 with the least weighted sum of squares, by descent along one coordinate after the other.
 *
 * The problem is convex, so that the descent ends at its only minimum. It is made once into as many equations as there are terms, and
 * a sweep then costs the square of that. Terms should be of one order of magnitude.
 */
export function nonNegativeFit({ terms, width, values, weights }: LinearProblem): Float64Array {
  const gram = new Float64Array(width * width);
  const target = new Float64Array(width);
  for (const [row, value] of values.entries()) {
    const weight = weights[row] ?? 0;
    for (let i = 0; i < width; i += 1) {
      const scaled = weight * (terms[row * width + i] ?? 0);
      target[i] = (target[i] ?? 0) + scaled * value;
      for (let j = 0; j < width; j += 1) {
        gram[i * width + j] = (gram[i * width + j] ?? 0) + scaled * (terms[row * width + j] ?? 0);
      }
    }
  }
  return descend(gram, target);
}

function descend(gram: Float64Array, target: Float64Array): Float64Array {
  const width = target.length;
  const found = new Float64Array(width);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let moved = 0;
    let largest = 0;
    for (let i = 0; i < width; i += 1) {
      const own = gram[i * width + i] ?? 0;
      if (own === 0) continue;
      let rest = target[i] ?? 0;
      for (let j = 0; j < width; j += 1) if (j !== i) rest -= (gram[i * width + j] ?? 0) * (found[j] ?? 0);
      const next = Math.max(0, rest / own);
      moved = Math.max(moved, Math.abs(next - (found[i] ?? 0)));
      largest = Math.max(largest, next);
      found[i] = next;
    }
    if (moved <= TOLERANCE * largest) break;
  }
  return found;
}
