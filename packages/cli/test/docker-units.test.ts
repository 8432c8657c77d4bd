import { describe, expect, it } from 'vitest';
import { parseSince } from '../src/commands/container/logs.ts';
import { ago, ellipsis, humanDuration, humanSize } from '../src/store/docker-units.ts';

describe('units as Docker prints them', () => {
  it.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [4_567, '4.57kB'],
    [12_345_678, '12.3MB'],
    [999_999, '1MB'],
    [1_500_000_000, '1.5GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(humanSize(bytes)).toBe(text);
  });

  it.each([
    [0.4, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [3_599, '59 minutes'],
    [3_600, 'About an hour'],
    [47 * 3_600, '47 hours'],
    [50 * 3_600, '2 days'],
    [20 * 86_400, '2 weeks'],
    [90 * 86_400, '3 months'],
    [800 * 86_400, '2 years'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });

  it('does not know how long ago a time was that nobody told', () => {
    expect([ago(null), ago('2026-01-01T00:00:00Z', Date.parse('2026-01-01T03:00:00Z'))]).toEqual([
      'N/A',
      '3 hours ago',
    ]);
  });

  it('cuts long text with an ellipsis, which counts', () => {
    expect([ellipsis('abcd', 4), ellipsis('abcde', 4)]).toEqual(['abcd', 'abc…']);
  });

  it('reads moments of any kind', () => {
    const now = Date.parse('2026-01-01T12:00:00Z');
    expect(parseSince('1h30m', now).toISOString()).toBe('2026-01-01T10:30:00.000Z');
    expect(parseSince('2026-01-01T00:00:00+01:00', now).toISOString()).toBe('2025-12-31T23:00:00.000Z');
    expect(parseSince('1767225600', now).toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(() => parseSince('yesterday', now)).toThrow();
  });
});
