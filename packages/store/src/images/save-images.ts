import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TarEntry, writeTar } from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import {
  closeFile,
  createFile,
  makeDirectory,
  removeTree,
  syncFilesystem,
  toStorageError,
  writeBytes,
} from '@graphdriver/host';
import type { Books } from '../books.ts';
import { chainIds } from '../identity/chain-id.ts';
import { type Digest, digestHex, digestOf } from '../identity/digest.ts';
import { exportLayer } from '../layers/export-layer.ts';
import { requireLayer } from '../layers/register-layer.ts';
import { quietly } from '../quietly.ts';
import { familiarReference, parseReference } from '../reference.ts';
import { isStoreError, refuseAborted, StoreError } from '../store-error.ts';
import { parseImageConfig } from './image-config.ts';

/** An image to save, and the names it is to have in what is written. */
export interface SavedImage {
  readonly id: Digest;
  /** Canonical references. */
  readonly references: readonly string[];
}

/** Options of {@link saveImages}. */
export interface SaveOptions extends CallOptions {
  /**
   * `docker-archive`, unless told otherwise: an OCI image layout that also has the manifest which `docker load` and older tools read.
   * `oci`: the layout alone.
   */
  readonly format?: 'docker-archive' | 'oci';
}

/** A file of the layout. */
interface LayoutFile {
  readonly name: string;
  readonly size: number;
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** Images as one uncompressed archive. Every layer is in it once. The same images always give the same bytes. */
export async function* saveImages(
  books: Books,
  images: readonly SavedImage[],
  options: SaveOptions = {},
): AsyncGenerator<Uint8Array> {
  const files = layoutOf(books, images, options);
  for await (const chunk of writeTar(entriesOf(files))) {
    refuseAborted(options.signal, 'Saving images');
    yield chunk;
  }
}

/**
 * Images as an OCI image layout in a new folder. Durable when it returns; on failure the folder is as it was.
 *
 * @throws {StoreError} `NAME_IN_USE` where there is something else than an empty folder
 */
export async function saveToFolder(
  books: Books,
  images: readonly SavedImage[],
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  const files = layoutOf(books, images, options);
  const wasThere = refuseFilled(folder);
  try {
    if (!wasThere) makeDirectory(folder);
    for (const name of ['blobs', 'blobs/sha256']) makeDirectory(join(folder, name));
    for (const file of files) await writeLayoutFile(folder, file, options.signal);
    await syncFilesystem(folder);
  } catch (error) {
    for (const name of wasThere ? readdirSync(folder) : []) await quietly(() => removeTree(join(folder, name)));
    if (!wasThere) await quietly(() => removeTree(folder));
    throw isStoreError(error)
      ? error
      : toStorageError(error, `The images could not be saved in ${folder}.`, options.signal);
  }
}

function refuseFilled(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (stats.isDirectory() && readdirSync(folder).length === 0) return true;
  throw new StoreError('NAME_IN_USE', `There is something in ${folder} already.`, {
    hint: 'Choose another folder.',
    details: { folder },
  });
}

async function writeLayoutFile(folder: string, file: LayoutFile, signal: AbortSignal | undefined): Promise<void> {
  const fd = createFile(join(folder, file.name), 0o644);
  try {
    for await (const chunk of file.content()) {
      refuseAborted(signal, 'Saving images');
      writeBytes(fd, chunk);
    }
  } finally {
    closeFile(fd);
  }
}

/** All files of the layout, each once; what leads to the others comes last, as readers of streams do not mind and folders need. */
function layoutOf(
  books: Books,
  images: readonly SavedImage[],
  { format = 'docker-archive', signal }: SaveOptions,
): readonly LayoutFile[] {
  const files = new Map<string, LayoutFile>();
  const add = (bytes: Buffer, name: string = blobName(digestOf(bytes))): void => {
    files.set(name, { name, size: bytes.length, content: () => [bytes] });
  };
  const manifests: object[] = [];
  const dockerManifest: object[] = [];
  for (const { id, references } of images) {
    const config = configOf(books, id);
    const layers = layersOf(books, config, signal);
    for (const layer of layers) files.set(layer.name, layer);
    add(config);
    const manifest = manifestOf(config, layers);
    add(manifest);
    manifests.push(...descriptorsOf(manifest, references));
    dockerManifest.push({
      Config: blobName(id),
      RepoTags: references.map((reference) => familiarReference(parseReference(reference))),
      Layers: layers.map(({ name }) => name),
    });
  }
  add(jsonBytes({ imageLayoutVersion: '1.0.0' }), 'oci-layout');
  add(jsonBytes({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }), 'index.json');
  if (format === 'docker-archive') add(jsonBytes(dockerManifest), 'manifest.json');
  return [...files.values()];
}

function configOf(books: Books, id: Digest): Buffer {
  const bytes = books.configs.get(id);
  if (bytes !== undefined) return bytes;
  throw new StoreError('IMAGE_NOT_FOUND', `There is no image ${id}.`, { details: { image: id } });
}

function layersOf(books: Books, config: Buffer, signal: AbortSignal | undefined): readonly LayoutFile[] {
  const diffIds = parseImageConfig(config).rootfs.diff_ids;
  return chainIds(diffIds).map((key, at) => ({
    name: blobName(diffIds[at] ?? key),
    size: requireLayer(books, key).archiveSize,
    content: () => exportLayer(books, key, signal === undefined ? {} : { signal }),
  }));
}

function manifestOf(config: Buffer, layers: readonly LayoutFile[]): Buffer {
  return jsonBytes({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length },
    layers: layers.map(({ name, size }) => ({ mediaType: LAYER_TYPE, digest: `sha256:${name.slice(-64)}`, size })),
  });
}

/** One per name, as the layout's specification has it; an image without names has one of its own. */
function descriptorsOf(manifest: Buffer, references: readonly string[]): readonly object[] {
  const descriptor = { mediaType: MANIFEST_TYPE, digest: digestOf(manifest), size: manifest.length };
  if (references.length === 0) return [descriptor];
  return references.map((reference) => ({
    ...descriptor,
    annotations: {
      'io.containerd.image.name': reference,
      'org.opencontainers.image.ref.name': parseReference(reference).tag ?? reference,
    },
  }));
}

async function* entriesOf(files: readonly LayoutFile[]): AsyncGenerator<TarEntry> {
  for (const folder of ['blobs', 'blobs/sha256']) yield { ...PLAIN, path: folder, type: 'directory', mode: 0o755 };
  for (const { name, size, content } of files) yield { ...PLAIN, path: name, size, content: content() };
}

const PLAIN: TarEntry = {
  path: '',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0n,
  linkTarget: '',
  rdev: 0,
  xattrs: new Map(),
  segments: null,
  content: [],
};

function blobName(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
