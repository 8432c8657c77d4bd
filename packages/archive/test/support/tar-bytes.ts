import type { TarEntry } from '../../src/tar-entry.ts';
import { writeTar } from '../../src/tar-writer.ts';

/** An entry with everything that is not given at its plainest. */
export function entry(given: Partial<TarEntry> & { readonly path: string }): TarEntry {
  const text = given.content;
  return {
    type: 'file',
    mode: given.type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 1_700_000_000_000_000_000n,
    linkTarget: '',
    rdev: 0,
    xattrs: new Map(),
    segments: null,
    content: text ?? [],
    ...given,
  };
}

/** A regular file. */
export function file(path: string, text = path, given: Partial<TarEntry> = {}): TarEntry {
  const content = Buffer.from(text, 'latin1');
  return entry({ path, size: content.length, content: [content], ...given });
}

/** A directory. */
export function directory(path: string, given: Partial<TarEntry> = {}): TarEntry {
  return entry({ path, type: 'directory', ...given });
}

/** A whiteout, or an opaque marker. */
export function whiteout(path: string): TarEntry {
  return entry({ path, mode: 0o600, mtime: 0n });
}

/** The bytes of an archive of these entries. */
export async function archiveOf(...entries: readonly TarEntry[]): Promise<Buffer> {
  return await collect(writeTar(entries));
}

/** All of a stream. */
export async function collect(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes as a stream of chunks whose sizes go round `sizes`. */
export async function* streamOf(bytes: Uint8Array, sizes: readonly number[] = [65536]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 512;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Fields of a header written as they stand, however wrong. */
export interface RawHeader {
  readonly name?: string;
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly size?: string;
  readonly mtime?: string;
  readonly type?: string;
  readonly link?: string;
  readonly magic?: string;
  readonly major?: string;
  readonly minor?: string;
  readonly prefix?: string;
  readonly checksum?: string;
  /** Written over the block before it is summed up. */
  readonly patch?: readonly (readonly [offset: number, bytes: string])[];
}

/** A header block with a right checksum unless one is given. */
export function rawHeader(raw: RawHeader): Buffer {
  const block = Buffer.alloc(512);
  const put = (text: string, offset: number, length: number): void => void block.write(text, offset, length, 'latin1');
  put(raw.name ?? 'file', 0, 100);
  put(raw.mode ?? '0000644', 100, 8);
  put(raw.uid ?? '0000000', 108, 8);
  put(raw.gid ?? '0000000', 116, 8);
  put(raw.size ?? '00000000000', 124, 12);
  put(raw.mtime ?? '00000000000', 136, 12);
  put('        ', 148, 8);
  put(raw.type ?? '0', 156, 1);
  put(raw.link ?? '', 157, 100);
  put(raw.magic ?? 'ustar\x0000', 257, 8);
  put(raw.major ?? '0000000', 329, 8);
  put(raw.minor ?? '0000000', 337, 8);
  put(raw.prefix ?? '', 345, 155);
  for (const [offset, bytes] of raw.patch ?? []) put(bytes, offset, bytes.length);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(raw.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return block;
}

/** Data filled up to a block. */
export function blocks(text: string): Buffer {
  const data = Buffer.from(text, 'latin1');
  return Buffer.concat([data], Math.ceil(data.length / 512) * 512);
}

/** A pax header with these bytes as its records. */
export function paxBlock(records: string, type = 'x'): Buffer {
  const size = records.length.toString(8).padStart(11, '0');
  return Buffer.concat([rawHeader({ name: 'pax', type, size }), blocks(records)]);
}

/** One record of a pax header with the right length. */
export function record(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** Blocks as a whole archive, with an end mark. */
export function ended(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
