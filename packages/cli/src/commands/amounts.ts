import { InvalidArgumentError } from 'commander';

/** Bytes of a size, as in `4KiB`. @throws {InvalidArgumentError} */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+) ?(|B|KiB|MiB|GiB)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('A size is a whole number with B, KiB, MiB or GiB.');
  return Number(digits) * 1024 ** Math.max(0, ['B', 'KiB', 'MiB', 'GiB'].indexOf(unit));
}

/** A whole number, 0 among them. @throws {InvalidArgumentError} */
export function parseCount(text: string): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(count) || count < 0)
    throw new InvalidArgumentError('It is a whole number.');
  return count;
}

/** A whole number from 1. @throws {InvalidArgumentError} */
export function parsePositive(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new InvalidArgumentError('It is at least 1.');
  return count;
}

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/** Nanoseconds of a time, as in `10ms`. @throws {InvalidArgumentError} */
export function parseTime(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?(ns|us|µs|ms|s)$/.exec(text) ?? [];
  if (digits === undefined || Number(digits) === 0)
    throw new InvalidArgumentError('A time is a number with ns, us, ms or s.');
  return Number(digits) * (NANOSECONDS[unit] ?? 1);
}

/** The share that a percentage is, as in `5%`. @throws {InvalidArgumentError} */
export function parsePercentage(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?) ?%$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('It is a percentage, as in 5%.');
  return Number(digits) / 100;
}
