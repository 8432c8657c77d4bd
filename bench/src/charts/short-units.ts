const UNITS: readonly (readonly [limit: number, divisor: number, unit: string])[] = [
  [1e3, 1, 'ns'],
  [1e6, 1e3, 'µs'],
  [1e9, 1e6, 'ms'],
  [Number.POSITIVE_INFINITY, 1e9, 's'],
];

/** Bytes in as few characters, in powers of ten for scales that have them: `4.1 kB`, `1 MB`. */
export function shortBytes(bytes: number): string {
  if (bytes <= 0) return '0';
  const rounded = Number(bytes.toPrecision(2));
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(rounded) / 3 + 1e-9));
  return `${Number((rounded / 1000 ** power).toPrecision(2))} ${BYTE_UNITS[power] ?? ''}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A time in as few characters as cells of a chart have room for: `1.3 ms`, `68 ms`, `680 ms`; `≤ 0` for what is lost in the noise. */
export function shortTime(nanoseconds: number): string {
  if (nanoseconds <= 0) return '≤ 0';
  const rounded = Number(nanoseconds.toPrecision(2));
  const [, divisor, unit] = UNITS.find(([limit]) => rounded < limit) ?? [0, 1, 'ns'];
  return `${Number((rounded / divisor).toPrecision(2))} ${unit}`;
}
