import { invalidArchive } from './invalid-archive.ts';

const SECOND = 1_000_000_000n;

/** Seconds in a decimal notation, as in `1700000000.25` or `-0.5`, as nanoseconds. Digits beyond the ninth are dropped. */
export function readPaxTime(text: string): bigint {
  const parts = /^(-?)([0-9]{1,12})(?:\.([0-9]*))?$/.exec(text);
  if (parts === null) throw invalidArchive('An extended header of the archive has a time that is none.');
  const [, sign, seconds = '0', fraction = ''] = parts;
  const nanoseconds = BigInt(seconds) * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -nanoseconds : nanoseconds;
}

/** What {@link readPaxTime} reads: the shortest notation. */
export function paxTime(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = (size % SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanoseconds < 0n ? '-' : ''}${size / SECOND}${fraction === '' ? '' : `.${fraction}`}`;
}
