import type { DataSegment } from '@graphdriver/archive';

/*
 * What is needed to write an archive again byte by byte, when its files are already in a layer: everything else of it.
 *
 *     "graphdriver assembly 1\n"
 *     records, each a byte that says which, and
 *       1  bytes as they stand in the archive:  length u32 · bytes
 *       2  the data of a file:                  header length u32 · header as JSON (FileReference)
 *       3  the end
 *
 * All of it compressed by gzip. Numbers are little-endian.
 */

/** How an assembly starts. */
export const ASSEMBLY_MAGIC: Buffer = Buffer.from('graphdriver assembly 1\n');

export const BYTES_RECORD = 1;
export const FILE_RECORD = 2;
export const END_RECORD = 3;

/** Data of the archive that is the content of a file in the layer. */
export interface FileReference {
  /** The file's path in the layer, one latin1 character per byte. */
  readonly path: string;
  /** Bytes of data. */
  readonly length: number;
  /** CRC-32 of the data. */
  readonly crc: number;
  /** For a sparse file the parts of it that the data is, one after another; otherwise the data is the whole file. */
  readonly segments: readonly DataSegment[] | null;
}

/** A part of an archive. */
export type AssemblyRecord =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly file: FileReference };

/** The bytes of a record's start: which it is, and how long what follows. */
export function recordHead(kind: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32LE(length, 1);
  return head;
}
