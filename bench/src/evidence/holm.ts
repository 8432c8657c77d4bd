/**
 * Probabilities of a family of tests, raised so that the chance of one false alarm among all of them is what a single one had
 * (Holm, Scandinavian Journal of Statistics 6, 1979). In the order of `values`; those that are tested together belong in one call.
 */
export function holm(values: readonly number[]): number[] {
  const adjusted = new Array<number>(values.length).fill(1);
  const ascending = [...values.entries()].sort(([, a], [, b]) => a - b);
  let least = 0;
  for (const [rank, [index, p]] of ascending.entries()) {
    least = Math.max(least, Math.min(1, p * (values.length - rank)));
    adjusted[index] = least;
  }
  return adjusted;
}
