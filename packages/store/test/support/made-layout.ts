import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '@graphdriver/host';

type Digest = `sha256:${string}`;

/** An OCI image layout that was made here, to be broken. */
export interface MadeLayout {
  readonly folder: string;
  /** The digest of the configuration. */
  readonly id: Digest;
  readonly diffIds: readonly Digest[];
  readonly manifest: Digest;
  /** Where a blob lies. */
  blob(digest: Digest): string;
}

/** How the layout is to be. */
export interface LayoutRequest {
  /** One archive per layer, from the bottom up. */
  readonly layers: readonly Buffer[];
  readonly compress?: boolean;
  readonly name?: string;
  readonly config?: (config: Record<string, unknown>) => unknown;
  readonly manifest?: (manifest: Record<string, unknown>) => unknown;
  readonly index?: (index: Record<string, unknown>) => unknown;
}

/** Writes a layout as another program would: with white space in its documents, and layers compressed by gzip where asked. */
export function madeLayout(folder: string, request: LayoutRequest): MadeLayout {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  const blob = (digest: Digest): string => join(folder, 'blobs/sha256', digest.slice(7));
  const put = (bytes: Buffer): { digest: Digest; size: number } => {
    const digest = sha256(bytes);
    writeFileSync(blob(digest), bytes);
    return { digest, size: bytes.length };
  };
  const diffIds = request.layers.map(sha256);
  const change = (
    value: Record<string, unknown>,
    by: ((value: Record<string, unknown>) => unknown) | undefined,
  ): Buffer => Buffer.from(JSON.stringify(by?.(value) ?? value, null, 2));
  const config = put(
    change(
      {
        architecture: 'amd64',
        os: 'linux',
        created: '2024-02-03T04:05:06.789Z',
        config: { Cmd: ['sh'], Env: ['PATH=/bin'], Labels: null, OnBuild: ['kept as it is'] },
        rootfs: { type: 'layers', diff_ids: diffIds },
        history: [
          ...diffIds.map((_id, at) => ({ created: '2024-02-03T04:05:06Z', created_by: `layer ${at}` })),
          { created: '2024-02-03T04:05:07Z', created_by: 'CMD ["sh"]', empty_layer: true },
        ],
      },
      request.config,
    ),
  );
  const layers = request.layers.map((bytes) => ({
    mediaType: `application/vnd.oci.image.layer.v1.tar${request.compress === true ? '+gzip' : ''}`,
    ...put(request.compress === true ? gzipSync(bytes) : bytes),
  }));
  const manifest = put(change({ schemaVersion: 2, config: { mediaType: 'x', ...config }, layers }, request.manifest));
  const annotations = { 'org.opencontainers.image.ref.name': request.name ?? 'acme/made:1.0' };
  const index = { schemaVersion: 2, manifests: [{ mediaType: 'y', ...manifest, annotations }] };
  writeFileSync(join(folder, 'index.json'), change(index, request.index));
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}');
  return { folder, id: config.digest, diffIds, manifest: manifest.digest, blob };
}

/** The archive of a folder with these files, by GNU tar. `null` is a folder. */
export async function tarOf(scratch: string, files: Readonly<Record<string, string | Buffer | null>>): Promise<Buffer> {
  const folder = join(scratch, `tar-${Object.keys(files).length}-${Math.random()}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(content === null ? path : join(path, '..'), { recursive: true });
    if (content !== null) writeFileSync(path, content);
  }
  await run('tar', ['-cf', `${folder}.tar`, '--format=gnu', '-C', folder, '.']);
  const bytes = readFileSync(`${folder}.tar`);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** Packs a folder with GNU tar, and returns the archive's path. */
export async function packed(folder: string): Promise<string> {
  await run('tar', ['-cf', `${folder}.tar`, '-C', folder, '.']);
  return `${folder}.tar`;
}

/** What `docker save` wrote before it wrote layouts: `HEX.json`, `HEX/layer.tar`, `manifest.json`, and links between equal layers. */
export function madeDockerFolder(
  folder: string,
  layout: MadeLayout,
  layers: readonly Buffer[],
  tags: readonly string[],
): string {
  mkdirSync(folder);
  const hex = layout.id.slice(7);
  writeFileSync(join(folder, `${hex}.json`), readFileSync(layout.blob(layout.id)));
  const names = layers.map((bytes, at) => {
    mkdirSync(join(folder, `layer${at}`));
    writeFileSync(join(folder, `layer${at}/layer.tar`), bytes);
    return `layer${at}/layer.tar`;
  });
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: `${hex}.json`, RepoTags: tags, Layers: names }]),
  );
  return folder;
}

function sha256(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
