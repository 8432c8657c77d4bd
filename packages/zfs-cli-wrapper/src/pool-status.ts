import { ZfsError } from './zfs-error.ts';

/** How well a pool or device is. */
export type Health =
  | 'ONLINE'
  | 'DEGRADED'
  | 'FAULTED'
  | 'OFFLINE'
  | 'UNAVAIL'
  | 'REMOVED'
  | 'SUSPENDED'
  | 'AVAIL'
  | 'INUSE';

/** A pool, a group of devices, or a device. */
export interface Vdev {
  /** The pool's name, `mirror-0`, or a device: its path where zfs tells it. */
  readonly name: string;
  /** `undefined` for the headings `logs`, `cache`, `spares`. */
  readonly health: Health | undefined;
  /** Errors; `undefined` where they are not counted, as in a list of importable pools and for spares. */
  readonly errors: { readonly read: number; readonly write: number; readonly checksum: number } | undefined;
  /** What zfs remarks: `was /dev/sda`, `resilvering`. */
  readonly note: string | undefined;
  readonly children: readonly Vdev[];
}

/** What `zpool status` and `zpool import` say of a pool. The texts are zfs's own words. */
export interface PoolStatus {
  readonly name: string;
  readonly health: Health;
  /** Only of importable pools, and of pools that are `suspended` or not. */
  readonly id: string | undefined;
  /** It was destroyed, and could be imported nevertheless. */
  readonly destroyed: boolean;
  /** What is wrong; `undefined` where nothing is. */
  readonly status: string | undefined;
  readonly action: string | undefined;
  /** The last or current scrub or resilver; `undefined` where there was none. */
  readonly scan: PoolScan | undefined;
  /** The pool with its devices below it, then logs, cache and spares. */
  readonly config: readonly Vdev[];
  /** Whether files are known to be damaged. */
  readonly dataErrors: boolean;
}

/** A scrub or resilver. */
export interface PoolScan {
  readonly kind: 'scrub' | 'resilver' | 'other';
  readonly state: 'running' | 'paused' | 'done' | 'canceled';
  /** Between 0 and 1, of one that is running. */
  readonly progress: number | undefined;
  /** zfs's own words. */
  readonly text: string;
}

/** Reads what `zpool status` and `zpool import` print, for every pool. Pure. @throws {ZfsError} `UNEXPECTED_OUTPUT` */
export function parsePoolStatus(stdout: string): PoolStatus[] {
  return stdout
    .split(/^(?= *pool: )/m)
    .filter((section) => /^ *pool: /.test(section))
    .map(parseSection);
}

function parseSection(section: string): PoolStatus {
  const fields = fieldsOf(section);
  const name = fields.get('pool');
  const [health, remark] = (fields.get('state') ?? '').split(' ');
  if (name === undefined || !isHealth(health))
    throw new ZfsError('UNEXPECTED_OUTPUT', `zpool printed ${JSON.stringify(section.slice(0, 200))}.`);
  const errors = fields.get('errors');
  return {
    name,
    health,
    id: fields.get('id'),
    destroyed: remark === '(DESTROYED)',
    status: oneLine(fields.get('status')),
    action: oneLine(fields.get('action')),
    scan: parseScan(oneLine(fields.get('scan') ?? fields.get('scrub'))),
    config: parseConfig(fields.get('config') ?? ''),
    dataErrors: errors !== undefined && !errors.startsWith('No known data errors'),
  };
}

/** Splits a section at its headings, which are right-aligned before a colon. What is further in belongs to the heading before. */
function fieldsOf(section: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of section.split('\n')) {
    const heading = /^ {0,4}([a-z]+):(?: (.*))?$/.exec(line);
    if (heading?.[1] !== undefined) {
      current = heading[1];
      fields.set(current, heading[2] ?? '');
    } else if (current !== '') fields.set(current, `${fields.get(current)}\n${line}`);
  }
  return fields;
}

function oneLine(text: string | undefined): string | undefined {
  return text?.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function parseScan(text: string | undefined): PoolScan | undefined {
  if (text === undefined || text === '' || text.startsWith('none requested')) return undefined;
  const percent = /(\d+(?:\.\d+)?)% done/.exec(text)?.[1];
  const state = /paused/.test(text)
    ? 'paused'
    : /in progress/.test(text)
      ? 'running'
      : /cancell?ed|stopped/.test(text)
        ? 'canceled'
        : 'done';
  return {
    kind: /^scrub/.test(text) ? 'scrub' : /^resilver/.test(text) ? 'resilver' : 'other',
    state,
    progress: percent === undefined ? undefined : Number(percent) / 100,
    text,
  };
}

interface OpenVdev extends Vdev {
  readonly indent: number;
  readonly children: OpenVdev[];
}

/** The tree of devices, by how far they are indented after the tab. */
function parseConfig(text: string): Vdev[] {
  const roots: OpenVdev[] = [];
  const open: OpenVdev[] = [];
  for (const line of text.split('\n')) {
    const match = /^\t( *)(\S.*)$/.exec(line);
    if (match === null || /^NAME\s+STATE\b/.test(match[2] ?? '')) continue;
    const vdev = { ...parseVdev(match[2] ?? ''), indent: match[1]?.length ?? 0 };
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= vdev.indent) open.pop();
    (open.at(-1)?.children ?? roots).push(vdev);
    open.push(vdev);
  }
  return roots.map(closed);
}

/** A path may hold spaces, so the health is looked for from the right. */
function parseVdev(text: string): Omit<OpenVdev, 'indent'> {
  const match =
    /^(.*?)\s+(ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|REMOVED|SUSPENDED|AVAIL|INUSE)\b(?:\s+(\S+)\s+(\S+)\s+(\S+))?(.*)$/.exec(
      text,
    );
  if (match === null) return { name: text.trim(), health: undefined, errors: undefined, note: undefined, children: [] };
  const [, name = '', health, read, write, checksum, rest = ''] = match;
  const counts = [read, write, checksum].map((count) => readCount(count));
  const [reads, writes, checksums] = counts;
  const counted = reads !== undefined && writes !== undefined && checksums !== undefined;
  const note = (counted ? rest : [read, write, checksum, rest].filter((word) => word !== undefined).join(' ')).trim();
  return {
    name,
    health: isHealth(health) ? health : undefined,
    errors: counted ? { read: reads, write: writes, checksum: checksums } : undefined,
    note: note === '' ? undefined : note,
    children: [],
  };
}

/** `12`, or `1.2K` where the version rounds. */
function readCount(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(text ?? '');
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * 1000 ** ' KMGT'.indexOf(match[2] ?? ' '));
}

function closed({ name, health, errors, note, children }: OpenVdev): Vdev {
  return { name, health, errors, note, children: children.map(closed) };
}

const HEALTHS: readonly string[] = [
  'ONLINE',
  'DEGRADED',
  'FAULTED',
  'OFFLINE',
  'UNAVAIL',
  'REMOVED',
  'SUSPENDED',
  'AVAIL',
  'INUSE',
];

/** @internal */
export function isHealth(text: string | undefined): text is Health {
  return text !== undefined && HEALTHS.includes(text);
}
