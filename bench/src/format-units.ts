const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const TIME_UNITS: readonly (readonly [limit: number, divisor: number, unit: string])[] = [
  [1e3, 1, 'ns'],
  [1e6, 1e3, 'µs'],
  [1e9, 1e6, 'ms'],
  [Number.POSITIVE_INFINITY, 1e9, 's'],
];

/** A number of bytes in the greatest binary unit that leaves at least 1: `16 MiB`, `1.5 KiB`, `-4 KiB`. */
export function formatBytes(bytes: number, gap = ' '): string {
  if (bytes < 0) return `-${formatBytes(-bytes, gap)}`;
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(1))}${gap}${BYTE_UNITS[unit] ?? ''}`;
}

/** A multiple with two digits at least: `1.0×`, `12×`, `273×`. */
export function formatMultiple(multiple: number): string {
  return `${multiple.toFixed(multiple < 9.95 ? 1 : 0)}×`;
}

/** The number of bytes in what {@link formatBytes} writes; `undefined` for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, digits, unit = 'B'] = /^(\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const names: readonly string[] = BYTE_UNITS;
  const power = names.indexOf(unit);
  return Number(digits) * 1024 ** power;
}

/** A time with three significant digits, in the unit that suits it: `48.2 µs`, `1.25 ms`; `-3.10 µs` for a negative one. */
export function formatNanoseconds(nanoseconds: number): string {
  const { divisor, unit } = timeUnit(nanoseconds);
  return `${scaled(nanoseconds, divisor)} ${unit}`;
}

/** A value with its interval in one unit, that of the value: `1.25 ms [1.20, 1.31]`. */
export function formatInterval(value: number, low: number, high: number): string {
  const { divisor, unit } = timeUnit(value);
  return `${scaled(value, divisor)} ${unit} [${scaled(low, divisor)}, ${scaled(high, divisor)}]`;
}

function timeUnit(nanoseconds: number): { divisor: number; unit: string } {
  // 999.6 ns would be printed as 1000 ns: what rounds up to the next unit belongs to it.
  const rounded = Number(Math.abs(nanoseconds).toPrecision(3));
  const [, divisor, unit] = TIME_UNITS.find(([limit]) => rounded < limit) ?? [0, 1, 'ns'];
  return { divisor, unit };
}

function scaled(nanoseconds: number, divisor: number): string {
  const value = nanoseconds / divisor;
  const magnitude = Math.abs(Number(value.toPrecision(3)));
  return value.toFixed(magnitude >= 100 || divisor === 1 ? 0 : magnitude >= 10 ? 1 : 2);
}
