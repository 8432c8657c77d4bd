import { posix } from 'node:path';
import { z } from 'zod';
import { type Digest, digestMismatch, digestOf, isDigest } from '../identity/digest.ts';
import { canonicalReference, parseReference } from '../reference.ts';
import { StoreError } from '../store-error.ts';
import { parseImageConfig, parseJson } from './image-config.ts';
import { type ImageSource, readDocument, requireFile } from './image-source.ts';
import type { PlannedImage } from './planned-image.ts';
import { storedLayer } from './stored-layer.ts';

const manifest = z.array(
  z.looseObject({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).nullish(),
  }),
);

/** Whether the files are those of `docker save`. */
export function isDockerArchive(source: ImageSource): boolean {
  return source.size('manifest.json') !== undefined;
}

/**
 * Reads what images there are in an archive of `docker save`, of Docker 1.10 and later.
 *
 * @throws {StoreError} `INVALID_IMAGE`, `INVALID_REFERENCE`, `DIGEST_MISMATCH`
 */
export async function readDockerArchive(source: ImageSource): Promise<readonly PlannedImage[]> {
  const entries = parseJson(await readDocument(source, 'manifest.json'), manifest, 'manifest.json');
  const images: PlannedImage[] = [];
  for (const { Config, RepoTags, Layers } of entries)
    images.push(await planned(source, Config, RepoTags ?? [], Layers ?? []));
  return images;
}

async function planned(
  source: ImageSource,
  configName: string,
  tags: readonly string[],
  layers: readonly string[],
): Promise<PlannedImage> {
  const configBytes = await readDocument(source, inside(configName));
  const id = digestOf(configBytes);
  const named = nameAsDigest(configName);
  if (named !== undefined && named !== id) throw digestMismatch(configName, named, id);
  const config = parseImageConfig(configBytes);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== layers.length) {
    throw new StoreError(
      'INVALID_IMAGE',
      `The manifest has ${layers.length} layers, and the configuration ${diffIds.length}.`,
    );
  }
  return {
    id,
    config,
    configBytes,
    layers: diffIds.map((diffId, at) => {
      const name = inside(layers[at] ?? '');
      return { diffId, size: requireFile(source, name), archive: () => storedLayer(source, name, undefined) };
    }),
    references: [...new Set(tags.map((tag) => canonicalReference(parseReference(tag))))],
  };
}

/** Configurations are named by their digest: as `HEX.json`, or as a blob. */
function nameAsDigest(name: string): Digest | undefined {
  const digest = `sha256:${posix.basename(name, '.json')}`;
  return isDigest(digest) ? digest : undefined;
}

function inside(name: string): string {
  const clean = posix.normalize(name);
  if (name !== '' && !clean.startsWith('/') && !clean.startsWith('../') && clean !== '..') return clean;
  throw new StoreError('INVALID_IMAGE', `The image names the file ${JSON.stringify(name)}, which is not in it.`);
}
