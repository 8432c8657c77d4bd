import { ZfsError } from './zfs-error.ts';

/** What happened to a file between two snapshots. */
export type DiffChange = 'added' | 'removed' | 'modified' | 'renamed';

/** What a changed file is. */
export type DiffFileType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'block'
  | 'character'
  | 'fifo'
  | 'socket'
  | 'door'
  | 'port'
  | 'unknown';

/** One change. */
export interface DiffEntry {
  readonly change: DiffChange;
  readonly type: DiffFileType;
  /** Where the file is, or was: absolute, below the mountpoint. As UTF-8; a name that is none is exact in `pathBytes`. */
  readonly path: string;
  readonly pathBytes: Buffer;
  /** Of `renamed`: where it is now. */
  readonly newPath: string | undefined;
  readonly newPathBytes: Buffer | undefined;
  /** The file's ctime, in nanoseconds since 1970. */
  readonly changedAt: bigint;
  /** By how many its hard links became more. `undefined` where they did not change. */
  readonly linkDelta: number | undefined;
}

const CHANGES: Readonly<Record<string, DiffChange>> = { '+': 'added', '-': 'removed', M: 'modified', R: 'renamed' };

const TYPES: Readonly<Record<string, DiffFileType>> = {
  F: 'file',
  '/': 'directory',
  '@': 'symlink',
  B: 'block',
  C: 'character',
  '|': 'fifo',
  '=': 'socket',
  '>': 'door',
  P: 'port',
};

/** Reads one line of `zfs diff -FHt`. Pure. @throws {ZfsError} `UNEXPECTED_OUTPUT` */
export function parseDiffLine(line: string): DiffEntry {
  const [time = '', change = '', type = '', path, more] = line.split('\t');
  const kind = CHANGES[change];
  const changedAt = parseTime(time);
  if (kind === undefined || path === undefined || changedAt === undefined || (kind === 'renamed' && more === undefined))
    throw new ZfsError('UNEXPECTED_OUTPUT', `zfs diff printed ${JSON.stringify(line)}.`);
  const pathBytes = unescapeDiffPath(path);
  const newPathBytes = kind === 'renamed' && more !== undefined ? unescapeDiffPath(more) : undefined;
  const links = kind === 'renamed' ? null : /^\(([+-]\d+)\)$/.exec(more ?? '');
  return {
    change: kind,
    type: TYPES[type] ?? 'unknown',
    path: pathBytes.toString(),
    pathBytes,
    newPath: newPathBytes?.toString(),
    newPathBytes,
    changedAt,
    linkDelta: links === null ? undefined : Number(links[1]),
  };
}

/** Takes the escapes out of a path: every byte but printable ASCII is `\` and its value in four octal digits. Pure. */
export function unescapeDiffPath(text: string): Buffer {
  const plain = text.replaceAll(/\\0([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(plain, 'latin1');
}

/** `1700000000.000000001`, maybe with spaces before it. */
function parseTime(text: string): bigint | undefined {
  const match = /^ *(-?\d+)\.(\d{9})$/.exec(text);
  return match === null ? undefined : BigInt(match[1] ?? '') * 1_000_000_000n + BigInt(match[2] ?? '');
}
