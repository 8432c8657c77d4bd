import { type Health, isHealth } from './pool-status.ts';
import { readRoundedSize } from './property-value.ts';
import { ZfsError } from './zfs-error.ts';

/** A pool, in bytes. */
export interface Pool {
  readonly name: string;
  readonly health: Health;
  readonly guid: bigint;
  readonly size: number;
  readonly allocated: number;
  readonly free: number;
  /** How full it is, between 0 and 1. */
  readonly capacity: number;
  /** By how much deduplication shrinks it; 1 for not at all. */
  readonly dedupRatio: number;
  /** How scattered its free space is, between 0 and 1. `undefined` where it is not known. */
  readonly fragmentation: number | undefined;
  /** Whether the sizes are exact, or rounded to three digits. */
  readonly exact: boolean;
  readonly altroot: string | undefined;
}

/** A property of a pool. */
export interface PoolProperty {
  /** As zfs prints it: exact numbers on OpenZFS, rounded ones on zfs-fuse. */
  readonly value: string;
  /** `-` where it cannot be set. */
  readonly source: string;
}

/** The columns that {@link parsePools} reads. `fragmentation` is the last, and missing on zfs-fuse. */
export const POOL_COLUMNS: readonly string[] = [
  'name',
  'health',
  'guid',
  'size',
  'allocated',
  'free',
  'capacity',
  'dedupratio',
  'altroot',
  'fragmentation',
];

/** Reads what `zpool list -H -o …` prints with the columns above. Pure. @throws {ZfsError} `UNEXPECTED_OUTPUT` */
export function parsePools(stdout: string, exact: boolean): Pool[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [name = '', health, guid = '', size, allocated, free, capacity, dedup, altroot, fragmentation] =
      line.split('\t');
    if (!isHealth(health) || !/^\d+$/.test(guid)) throw unexpected(line);
    const bytes = [size, allocated, free].map(
      (text) => readRoundedSize(text === '-' ? '0' : (text ?? '')) ?? fail(line),
    );
    const [sizeBytes = 0, allocatedBytes = 0, freeBytes = 0] = bytes;
    return {
      name,
      health,
      guid: BigInt(guid),
      size: sizeBytes,
      allocated: allocatedBytes,
      free: freeBytes,
      capacity: percent(capacity) ?? 0,
      dedupRatio: Number.parseFloat(dedup ?? '') || 1,
      fragmentation: percent(fragmentation),
      exact,
      altroot: altroot === '-' || altroot === '' ? undefined : altroot,
    };
  });
}

/** Reads what `zpool get -Hp` prints. Pure. */
export function parsePoolProperties(stdout: string): Map<string, PoolProperty> {
  const rows = stdout.split('\n').filter((line) => line !== '');
  return new Map(
    rows.map((row) => {
      const [, property = '', value = '', source = '-'] = row.split('\t');
      return [property, { value, source }];
    }),
  );
}

/** Reads what `zpool get` prints for people, with a heading and columns two spaces apart at least. Pure. */
export function parsePoolPropertyTable(stdout: string): Map<string, PoolProperty> {
  const rows = stdout
    .split('\n')
    .filter((line) => line !== '')
    .slice(1);
  return new Map(
    rows.map((row) => {
      const [, property = '', value = '', source = '-'] = row.split(/ {2,}/);
      return [property, { value, source }];
    }),
  );
}

function percent(text: string | undefined): number | undefined {
  const match = /^(\d+)%?$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) / 100;
}

function fail(line: string): never {
  throw unexpected(line);
}

function unexpected(line: string): ZfsError {
  return new ZfsError('UNEXPECTED_OUTPUT', `zpool list printed ${JSON.stringify(line)}.`);
}
