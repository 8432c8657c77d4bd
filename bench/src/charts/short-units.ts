const UNITS: readonly (readonly [limit: number, divisor: number, unit: string])[] = [
  [1e3, 1, 'ns'],
  [1e6, 1e3, 'µs'],
  [1e9, 1e6, 'ms'],
  [Number.POSITIVE_INFINITY, 1e9, 's'],
];

/** A time in as few characters as cells of a chart have room for: `1.3 ms`, `68 ms`, `680 ms`; `≤ 0` for what is lost in the noise. */
export function shortTime(nanoseconds: number): string {
  if (nanoseconds <= 0) return '≤ 0';
  const rounded = Number(nanoseconds.toPrecision(2));
  const [, divisor, unit] = UNITS.find(([limit]) => rounded < limit) ?? [0, 1, 'ns'];
  return `${Number((rounded / divisor).toPrecision(2))} ${unit}`;
}
