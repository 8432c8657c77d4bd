/** One entry of a hand-made archive; what is left out is harmless. */
export interface RawEntry {
  /** One character per byte. */
  readonly name: string;
  /** The type flag of the header. A regular file (`0`) unless given. */
  readonly type?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  readonly content?: Uint8Array | string;
  /** The size that the header claims, where it is not that of `content`. */
  readonly claimedSize?: number;
  readonly linkname?: string;
  readonly major?: number;
  readonly minor?: number;
  /** Extended header records that go before the entry. */
  readonly pax?: Readonly<Record<string, Uint8Array | string>>;
}

const BLOCK = 512;

/**
 * Packs `entries` as they are said to be, however wrong: checks need archives that no right program makes.
 *
 * Shares no code with the archive package. Ends with the usual two empty blocks.
 */
export function rawTar(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.map(rawEntry), Buffer.alloc(2 * BLOCK)]);
}

/** One entry with its extended header and its content, padded to whole blocks. */
export function rawEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const extended = entry.pax === undefined ? Buffer.alloc(0) : paxEntry(entry.pax);
  return Buffer.concat([extended, header(entry, entry.claimedSize ?? content.length), padded(content)]);
}

function paxEntry(records: Readonly<Record<string, Uint8Array | string>>): Buffer {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, Buffer.from(value))));
  return Buffer.concat([header({ name: 'PaxHeaders/x', type: 'x' }, content.length), padded(content)]);
}

/** The length at the start of a record counts its own digits. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

function header(entry: RawEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(entry.name, 0, 100, 'latin1');
  octal(block, 100, 8, entry.mode ?? (entry.type === '5' ? 0o755 : 0o644));
  octal(block, 108, 8, entry.uid ?? 0);
  octal(block, 116, 8, entry.gid ?? 0);
  octal(block, 124, 12, size);
  octal(block, 136, 12, entry.mtime ?? 1_000_000_000);
  block.write(entry.type ?? '0', 156, 1, 'latin1');
  block.write(entry.linkname ?? '', 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 8, 'latin1');
  octal(block, 329, 8, entry.major ?? 0);
  octal(block, 337, 8, entry.minor ?? 0);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 8, 'latin1');
  return block;
}

function octal(block: Buffer, offset: number, width: number, value: number): void {
  block.write(`${value.toString(8).padStart(width - 1, '0')}\x00`, offset, width, 'latin1');
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}
