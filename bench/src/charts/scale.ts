/** Turns a value into a place. */
export type Scale = (value: number) => number;

/** Two bounds, the lower first. */
export type Extent = readonly [low: number, high: number];

/** A logarithmic scale. What lies outside of the domain, zero and less too, is drawn at its edge. */
export function logScale([low, high]: Extent, [from, to]: Extent): Scale {
  const span = Math.log(high / low);
  return (value) => {
    const share = Math.log(Math.min(high, Math.max(low, value)) / low) / span;
    return from + share * (to - from);
  };
}

/** A linear scale; likewise. */
export function linearScale([low, high]: Extent, [from, to]: Extent): Scale {
  return (value) => from + ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (to - from);
}

/** The powers of ten that hold all positive values: a decade at least; `undefined` where there are none. */
export function decades(values: readonly number[]): Extent | undefined {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return undefined;
  const low = Math.floor(Math.log10(Math.min(...positive)) + 1e-9);
  const high = Math.ceil(Math.log10(Math.max(...positive)) - 1e-9);
  return [10 ** low, 10 ** Math.max(high, low + 1)];
}

/** Every power of ten in a domain that begins and ends with one. */
export function powersOfTen([low, high]: Extent): number[] {
  const count = Math.round(Math.log10(high / low));
  return Array.from({ length: count + 1 }, (_, power) => low * 10 ** power);
}
