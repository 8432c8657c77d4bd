import { major, minor } from '@graphdriver/host';
import { xattrKey } from './extended-header.ts';
import { paxRecord } from './pax-records.ts';
import { paxTime } from './pax-time.ts';
import { sparseMapText } from './sparse-map.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';
import { BLOCK, headerSum } from './tar-header.ts';
import { fitsOctal, writeTarNumber } from './tar-number.ts';

const TYPE_FLAGS: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const SECOND = 1_000_000_000n;
const NAME_FIELD = 100;

/** The bytes that go in front of a member's data, and how much data must follow. */
export interface EncodedHeaders {
  readonly bytes: Buffer;
  /** Data that follows, without the filling up to a block. */
  readonly data: number;
  /** Zeros that follow the data. */
  readonly padding: number;
}

/**
 * Everything that an archive says of a member: a ustar header, and a pax header before it where that cannot say it all.
 *
 * The same entry always gives the same bytes.
 */
export function encodeHeaders(entry: TarEntry): EncodedHeaders {
  const map = entry.type === 'file' && entry.segments !== null ? sparseMapText(entry.segments, entry.size) : undefined;
  const data = entry.type === 'file' ? dataLength(entry) : 0;
  const stored = (map?.length ?? 0) + data;
  const name = archiveName(entry);
  const header = ustarHeader(map === undefined ? fieldText(name) : `GNUSparseFile.0/${fieldText(baseName(name), 16)}`, {
    typeFlag: TYPE_FLAGS[entry.type],
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: stored,
    mtime: entry.mtime,
    linkName: fieldText(entry.linkTarget),
    rdev: entry.rdev,
  });
  const records = paxRecords(entry, name, map === undefined ? undefined : stored, stored);
  const parts = records.length === 0 ? [header] : [...paxHeader(name, records), header];
  if (map !== undefined) parts.push(map);
  return {
    bytes: parts.length === 1 ? header : Buffer.concat(parts),
    data,
    padding: (BLOCK - (stored % BLOCK)) % BLOCK,
  };
}

function dataLength(entry: TarEntry): number {
  if (entry.segments === null) return entry.size;
  return entry.segments.reduce((sum, segment) => sum + segment.length, 0);
}

/** Directories have a slash at the end, as every tar writes them; the root is `./`. */
function archiveName(entry: TarEntry): string {
  if (entry.path === '') return './';
  return entry.type === 'directory' ? `${entry.path}/` : entry.path;
}

/** What of a name fits a header's field. Programs that know pax do not look at it where it is not the whole name. */
function fieldText(name: string, taken = 0): string {
  return name.length + taken <= NAME_FIELD && isPlain(name)
    ? name
    : name.replace(/[^\x20-\x7e]/g, '_').slice(0, NAME_FIELD - taken);
}

function isPlain(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name);
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/', name.length - 2) + 1);
}

function paxRecords(entry: TarEntry, name: string, sparseStored: number | undefined, stored: number): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: string | Buffer): void => void records.push(paxRecord(key, value));
  if (sparseStored !== undefined) {
    add('GNU.sparse.major', '1');
    add('GNU.sparse.minor', '0');
    add('GNU.sparse.name', name);
    add('GNU.sparse.realsize', String(entry.size));
  } else if (name.length > NAME_FIELD || !isPlain(name)) {
    add('path', name);
  }
  if (entry.linkTarget.length > NAME_FIELD || !isPlain(entry.linkTarget)) add('linkpath', entry.linkTarget);
  if (!fitsOctal(stored, 12)) add('size', String(stored));
  if (!fitsOctal(entry.uid, 8)) add('uid', String(entry.uid));
  if (!fitsOctal(entry.gid, 8)) add('gid', String(entry.gid));
  if (entry.mtime % SECOND !== 0n || !fitsOctal(Number(entry.mtime / SECOND), 12)) add('mtime', paxTime(entry.mtime));
  for (const [key, value] of [...entry.xattrs].sort(([a], [b]) => (a < b ? -1 : 1))) add(xattrKey(key), value);
  return records;
}

function paxHeader(name: string, records: readonly Buffer[]): Buffer[] {
  const body = Buffer.concat(records);
  const header = ustarHeader(`PaxHeaders/${fieldText(baseName(name).replace(/\/$/, ''), 11)}`, {
    typeFlag: 'x',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0n,
    linkName: '',
    rdev: 0,
  });
  return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
}

interface HeaderFields {
  readonly typeFlag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: bigint;
  readonly linkName: string;
  readonly rdev: number;
}

function ustarHeader(name: string, fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, NAME_FIELD, 'latin1');
  writeTarNumber(block, 100, 8, fields.mode & 0o7777);
  writeTarNumber(block, 108, 8, orZero(fields.uid, 8));
  writeTarNumber(block, 116, 8, orZero(fields.gid, 8));
  writeTarNumber(block, 124, 12, orZero(fields.size, 12));
  writeTarNumber(block, 136, 12, orZero(Number(fields.mtime / SECOND), 12));
  block.write(fields.typeFlag, 156, 1, 'latin1');
  block.write(fields.linkName, 157, NAME_FIELD, 'latin1');
  block.write('ustar\x0000', 257, 8, 'latin1');
  writeTarNumber(block, 329, 8, major(fields.rdev));
  writeTarNumber(block, 337, 8, minor(fields.rdev));
  block.write(`${headerSum(block).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

/** A number that does not fit stands in the pax header, and the field is then nobody's to read. */
function orZero(value: number, length: number): number {
  return fitsOctal(value, length) ? value : 0;
}
