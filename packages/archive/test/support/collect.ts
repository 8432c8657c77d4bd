import { readTar, type TarEntry } from '../../src/index.ts';

/** All of a stream. */
export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The members of an archive, and what is in them. */
export async function membersOf(archive: AsyncIterable<Uint8Array>): Promise<(TarEntry & { readonly data: Buffer })[]> {
  const members: (TarEntry & { readonly data: Buffer })[] = [];
  for await (const entry of readTar(archive)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.content) chunks.push(chunk);
    members.push({ ...entry, data: Buffer.concat(chunks) });
  }
  return members;
}

/** All items of a stream. */
export async function itemsOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
