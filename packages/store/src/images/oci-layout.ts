import { z } from 'zod';
import { type Digest, digestHex, isDigest, verified } from '../identity/digest.ts';
import { canonicalReference, parseReference } from '../reference.ts';
import { isStoreError, StoreError } from '../store-error.ts';
import { hostPlatform } from './host-platform.ts';
import { parseImageConfig, parseJson } from './image-config.ts';
import { type ImageSource, readDocument, requireFile } from './image-source.ts';
import type { PlannedImage, PlannedLayer } from './planned-image.ts';
import { storedLayer } from './stored-layer.ts';

const descriptor = z.looseObject({
  mediaType: z.string().optional(),
  digest: z.custom<Digest>(isDigest, 'it has no digest of sha256'),
  size: z.int().nonnegative(),
  annotations: z.record(z.string(), z.string()).nullish(),
  platform: z.looseObject({ architecture: z.string(), os: z.string(), variant: z.string().optional() }).nullish(),
});
type Descriptor = z.infer<typeof descriptor>;

const layout = z.looseObject({ imageLayoutVersion: z.string() });
const index = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(descriptor) });
const manifest = z.looseObject({ schemaVersion: z.literal(2), config: descriptor, layers: z.array(descriptor) });

/** An index in an index in an index: deeper than anybody nests them. */
const DEEPEST = 4;
const CONTAINERD_NAME = 'io.containerd.image.name';
const OCI_NAME = 'org.opencontainers.image.ref.name';

/** Whether the files are those of an OCI image layout. */
export function isOciLayout(source: ImageSource): boolean {
  return source.size('index.json') !== undefined && source.size('oci-layout') !== undefined;
}

/**
 * Reads what images there are in an OCI image layout. Of an image for several platforms that of this host is taken.
 *
 * @throws {StoreError} `INVALID_IMAGE`, `DIGEST_MISMATCH`
 */
export async function readOciLayout(source: ImageSource): Promise<readonly PlannedImage[]> {
  const { imageLayoutVersion } = parseJson(await readDocument(source, 'oci-layout'), layout, 'oci-layout file');
  if (!imageLayoutVersion.startsWith('1.'))
    throw new StoreError('INVALID_IMAGE', `The layout is of version ${imageLayoutVersion}, and this release reads 1.`);
  const { manifests } = parseJson(await readDocument(source, 'index.json'), index, 'index');
  const images = new Map<Digest, PlannedImage>();
  for (const entry of manifests) {
    const image = await imageOf(source, entry, 0);
    if (image === undefined) continue;
    const references = [...(images.get(image.id)?.references ?? []), ...namesOf(entry)];
    images.set(image.id, { ...image, references: [...new Set(references)] });
  }
  return [...images.values()];
}

/** The image that a descriptor leads to; `undefined` where it leads to something else, such as an attestation. */
async function imageOf(source: ImageSource, entry: Descriptor, depth: number): Promise<PlannedImage | undefined> {
  if (depth > DEEPEST) throw new StoreError('INVALID_IMAGE', 'The indexes of the layout are nested too deeply.');
  if (entry.platform?.os === 'unknown') return undefined;
  const bytes = await readBlob(source, entry);
  const kind = parseJson(
    bytes,
    z.looseObject({ manifests: z.unknown().optional(), layers: z.unknown().optional() }),
    'manifest',
  );
  if (kind.manifests !== undefined && kind.layers !== undefined)
    throw new StoreError('INVALID_IMAGE', 'A manifest is also an index, so that it could mean two images.');
  if (kind.manifests === undefined) return await readManifest(source, bytes);
  const chosen = forThisHost(parseJson(bytes, index, 'index').manifests);
  return chosen === undefined ? undefined : await imageOf(source, chosen, depth + 1);
}

function forThisHost(entries: readonly Descriptor[]): Descriptor | undefined {
  const images = entries.filter(({ platform }) => platform?.os !== 'unknown');
  const { architecture, os } = hostPlatform();
  const fitting = images.find(({ platform }) => platform?.os === os && platform.architecture === architecture);
  return fitting ?? (images.length === 1 ? images[0] : undefined);
}

async function readManifest(source: ImageSource, bytes: Buffer): Promise<PlannedImage> {
  const { config, layers } = parseJson(bytes, manifest, 'manifest');
  const configBytes = await readBlob(source, config);
  const parsed = parseImageConfig(configBytes);
  const diffIds = parsed.rootfs.diff_ids;
  if (diffIds.length !== layers.length) {
    throw new StoreError(
      'INVALID_IMAGE',
      `The manifest has ${layers.length} layers, and the configuration ${diffIds.length}.`,
    );
  }
  const planned = layers.map((layer, at) => plannedLayer(source, layer, diffIds[at] ?? layer.digest));
  return { id: config.digest, config: parsed, configBytes, layers: planned, references: [] };
}

function plannedLayer(source: ImageSource, layer: Descriptor, diffId: Digest): PlannedLayer {
  const name = blobName(layer.digest);
  const found = requireFile(source, name);
  if (found !== layer.size) {
    throw new StoreError('DIGEST_MISMATCH', `The layer ${layer.digest} has ${found} bytes and not ${layer.size}.`, {
      details: { expected: layer.size, found },
    });
  }
  return { diffId, size: layer.size, archive: () => storedLayer(source, name, layer) };
}

async function readBlob(source: ImageSource, entry: Descriptor): Promise<Buffer> {
  const bytes = await readDocument(source, blobName(entry.digest));
  for await (const _chunk of verified(single(bytes), entry, entry.digest));
  return bytes;
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** What the image is called in the index. A bare tag says nothing: which repository it is of is known to whoever wrote the layout. */
function namesOf({ annotations }: Descriptor): readonly string[] {
  const full = annotations?.[CONTAINERD_NAME];
  const short = annotations?.[OCI_NAME];
  const name = full ?? (short?.match(/[:/]/) ? short : undefined);
  if (name === undefined) return [];
  try {
    return [canonicalReference(parseReference(name))];
  } catch (error) {
    if (!isStoreError(error, 'INVALID_REFERENCE')) throw error;
    throw new StoreError('INVALID_REFERENCE', `The layout calls an image ${JSON.stringify(name)}, which is no name.`, {
      cause: error,
      details: error.details,
    });
  }
}
