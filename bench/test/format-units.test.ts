import { describe, expect, test } from 'vitest';
import { formatBytes, formatInterval, formatNanoseconds, parseBytes } from '../src/format-units.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [4096, '4 KiB'],
    [1536, '1.5 KiB'],
    [128 * 1024 ** 2, '128 MiB'],
    [3 * 1024 ** 5, '3072 TiB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
    expect(parseBytes(text)).toBe(bytes);
  });

  test('parseBytes refuses what is no size', () => {
    for (const text of ['', 'MiB', '4 MB', '-1 B', '1..2 KiB']) expect(parseBytes(text)).toBeUndefined();
  });
});

describe('formatNanoseconds', () => {
  test.each([
    [0, '0 ns'],
    [999, '999 ns'],
    [999.7, '1.00 µs'],
    [1_500, '1.50 µs'],
    [48_230, '48.2 µs'],
    [482_300, '482 µs'],
    [999_600, '1.00 ms'],
    [1_250_000, '1.25 ms'],
    [99_960_000, '100 ms'],
    [678_000_000, '678 ms'],
    [12_345_000_000, '12.3 s'],
    [-3_100, '-3.10 µs'],
  ])('%d is %s', (nanoseconds, text) => {
    expect(formatNanoseconds(nanoseconds)).toBe(text);
  });
});

describe('formatInterval', () => {
  test('writes the bounds in the unit of the value', () => {
    expect(formatInterval(1_250_000, 950_000, 1_310_000)).toBe('1.25 ms [0.95, 1.31]');
    expect(formatInterval(-200, -900, 1_400)).toBe('-200 ns [-900, 1400]');
  });
});
