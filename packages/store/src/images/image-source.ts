import { StoreError } from '../store-error.ts';

/** The files of a saved image, in a folder or in an archive. Nothing in it is trusted: links do not lead out, names are checked. */
export interface ImageSource extends AsyncDisposable {
  /** The size of a file; `undefined` where there is none of this name. */
  size(name: string): number | undefined;
  /** A file's content, to be read from its start any number of times. */
  open(name: string): AsyncIterable<Uint8Array>;
}

/** Indexes, manifests and configurations are read into memory up to this size. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024;

/** The whole of a small file. @throws {StoreError} `INVALID_IMAGE` where it is missing or too large */
export async function readDocument(source: ImageSource, name: string): Promise<Buffer> {
  const size = requireFile(source, name);
  if (size > LARGEST_DOCUMENT) {
    throw new StoreError('INVALID_IMAGE', `The file ${name} of the image is too large for what it should be.`, {
      details: { file: name, size },
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.open(name)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The size of a file that must be there. @throws {StoreError} `INVALID_IMAGE` */
export function requireFile(source: ImageSource, name: string): number {
  const size = source.size(name);
  if (size !== undefined) return size;
  throw new StoreError('INVALID_IMAGE', `The image has no file ${JSON.stringify(name)}.`, { details: { file: name } });
}
