import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees, directoryTree, emptyTree, packDiff } from '@graphdriver/archive';
import { copyTree, removeTree } from '@graphdriver/host';
import type { BaseImage, BuildHost, BuiltLayer, BuiltStep } from '../src/build/build-host.ts';
import { chainId } from '../src/identity/chain-id.ts';
import { type Digest, Digester, digestOf } from '../src/identity/digest.ts';
import { type ImageConfig, parseImageConfig, serializeImageConfig } from '../src/images/image-config.ts';
import { canonicalReference, parseReference } from '../src/reference.ts';
import type { ProcessSpec } from '../src/runtime/process-spec.ts';
import { StoreError } from '../src/store-error.ts';

/** What a pretended process does with the files of the step. Returns its exit code. */
export type PretendedRun = (
  spec: ProcessSpec,
  write: (text: string) => void,
  signal: AbortSignal | undefined,
) => number | Promise<number>;

/** A host that keeps every layer as a full copy in a directory. Real enough to be an oracle, and slow. */
export class TestHost implements BuildHost {
  readonly #root: string;
  readonly #views = new Map<Digest, string>();
  readonly images = new Map<Digest, BaseImage>();
  readonly names = new Map<string, Digest>();
  readonly cache = new Map<Digest, BuiltStep>();
  /** Specs of all processes so far. */
  readonly runs: ProcessSpec[] = [];
  /** How many layers were begun. */
  changes = 0;
  onRun: PretendedRun = () => 0;

  constructor(root: string) {
    this.#root = root;
  }

  async resolveBase(reference: string): Promise<BaseImage> {
    const id = this.names.get(canonicalReference(parseReference(reference)));
    const image = id === undefined ? undefined : this.images.get(id);
    if (image === undefined) throw new StoreError('IMAGE_NOT_FOUND', `There is no image ${reference}.`);
    return image;
  }

  async cached(key: Digest): Promise<BuiltStep | undefined> {
    return this.cache.get(key);
  }

  async remember(key: Digest, step: BuiltStep): Promise<void> {
    this.cache.set(key, step);
  }

  async changeLayer(parent: Digest | null, change: (root: string) => Promise<void>): Promise<BuiltLayer | null> {
    this.changes += 1;
    const view = await this.#copyOf(parent);
    try {
      await change(view);
    } catch (error) {
      await removeTree(view);
      throw error;
    }
    const base = parent === null ? emptyTree : directoryTree(this.viewOf(parent));
    const changes = compareTrees(directoryTree(view), base, {});
    const digester = new Digester();
    let isChanged = false;
    for await (const _ of compareTrees(directoryTree(view), base, {})) isChanged = true;
    if (!isChanged) {
      await removeTree(view);
      return null;
    }
    for await (const chunk of packDiff(changes)) digester.add(chunk);
    const diffId = digester.digest();
    const chain = chainId(parent, diffId);
    this.#views.set(chain, view);
    return { diffId, chainId: chain, size: digester.size };
  }

  async readLayer<T>(top: Digest | null, read: (root: string) => Promise<T>): Promise<T> {
    return read(top === null ? await this.#copyOf(null) : this.viewOf(top));
  }

  async run(
    spec: ProcessSpec,
    output: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void,
    options: { readonly signal?: AbortSignal },
  ): Promise<{ exitCode: number }> {
    this.runs.push(spec);
    return { exitCode: await this.onRun(spec, (text) => output('stdout', Buffer.from(text)), options.signal) };
  }

  async saveImage(config: ImageConfig, top: Digest | null): Promise<{ id: Digest }> {
    const bytes = serializeImageConfig(config);
    const id = digestOf(bytes);
    // Through the reader of foreign images: what a build makes must be one.
    this.images.set(id, { id, config: parseImageConfig(bytes), topLayer: top });
    return { id };
  }

  async tag(id: Digest, reference: string): Promise<void> {
    this.names.set(canonicalReference(parseReference(reference)), id);
  }

  image(id: Digest): BaseImage {
    const image = this.images.get(id);
    if (image === undefined) throw new Error(`no image ${id}`);
    return image;
  }

  /** The directory that shows a layer and all underneath. */
  viewOf(top: Digest | null): string {
    const view = top === null ? undefined : this.#views.get(top);
    if (view === undefined) throw new Error(`no view of ${top}`);
    return view;
  }

  async #copyOf(parent: Digest | null): Promise<string> {
    const view = join(mkdtempSync(join(this.#root, 'view-')), 'root');
    if (parent === null) mkdirSync(view, { mode: 0o755 });
    else await copyTree(this.viewOf(parent), view);
    return view;
  }
}
