import { join } from 'node:path';
import { Writable } from 'node:stream';
import { makeDirectory, removeTree } from '@graphdriver/host';
import type { Books } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { cachedStep, rememberStep } from '../images/build-cache.ts';
import { createImage, putReference } from '../images/create-image.ts';
import { findImage } from '../images/find-image.ts';
import { type ImageConfig, parseImageConfig, serializeImageConfig } from '../images/image-config.ts';
import { changeLayer } from '../layers/change-layer.ts';
import { requireLayer } from '../layers/register-layer.ts';
import { Work } from '../layers/work.ts';
import { canonicalReference, parseReference } from '../reference.ts';
import type { ProcessSpec, RuntimeName } from '../runtime/process-spec.ts';
import { runInForeground } from '../runtime/runtime.ts';
import { StoreError } from '../store-error.ts';
import type { BaseImage, BuildHost, BuiltLayer, BuiltStep, HostCall, OutputSink } from './build-host.ts';
import { type BuildOptions, type BuiltImage, buildImage } from './build-image.ts';

/** Options of {@link buildInStore}. */
export interface StoreBuildOptions extends BuildOptions {
  /** The program that makes the containers of RUN: the first that works here, unless told. */
  readonly runtime?: RuntimeName;
}

/** Builds an image in a store: see {@link buildImage}. What a killed build leaves behind goes when the store is next opened. */
export async function buildInStore(books: Books, { runtime, ...options }: StoreBuildOptions): Promise<BuiltImage> {
  await using work = await Work.begin(books);
  return await buildImage(new StoreBuildHost(books, work, runtime), options);
}

/** One build's view of a store. Its work keeps every layer that the build has seen. */
class StoreBuildHost implements BuildHost {
  readonly #books: Books;
  readonly #work: Work;
  readonly #runtime: RuntimeName | undefined;

  constructor(books: Books, work: Work, runtime: RuntimeName | undefined) {
    this.#books = books;
    this.#work = work;
    this.#runtime = runtime;
  }

  async resolveBase(reference: string): Promise<BaseImage> {
    const books = this.#books;
    return await books.metadata.change(() => {
      const { id } = findImage(books, reference);
      const [row, bytes] = [books.images.get(id), books.configs.get(id)];
      if (row === undefined || bytes === undefined) throw imageGone(reference);
      if (row.top !== null) this.#work.hold(row.top);
      return { id, config: parseImageConfig(bytes), topLayer: row.top };
    });
  }

  async cached(key: Digest): Promise<BuiltStep | undefined> {
    return await cachedStep(this.#books, this.#work, key);
  }

  async remember(key: Digest, step: BuiltStep): Promise<void> {
    await rememberStep(this.#books, key, step);
  }

  async changeLayer(
    parent: Digest | null,
    change: (root: string) => Promise<void>,
    options: HostCall,
  ): Promise<BuiltLayer | null> {
    const made = await changeLayer(this.#books, change, { parent, work: this.#work, ...options });
    return made === null ? null : { diffId: made.diffId, chainId: made.key, size: made.size };
  }

  async readLayer<T>(top: Digest | null, read: (root: string) => Promise<T>, options: HostCall): Promise<T> {
    if (top === null) return await this.#withEmptyDirectory(read);
    const { driverLayer } = requireLayer(this.#books, top);
    await using mount = await this.#books.driver.get(driverLayer, { readOnly: true, ...options });
    return await read(mount.path);
  }

  async run(spec: ProcessSpec, output: OutputSink, options: HostCall): Promise<{ readonly exitCode: number }> {
    return await runInForeground(spec, {
      stdout: sinkStream('stdout', output),
      stderr: sinkStream('stderr', output),
      runtime: this.#runtime,
      ...options,
    });
  }

  async saveImage(config: ImageConfig): Promise<{ readonly id: Digest }> {
    return { id: await createImage(this.#books, serializeImageConfig(config), { work: this.#work }) };
  }

  async tag(id: Digest, reference: string): Promise<void> {
    const books = this.#books;
    const canonical = canonicalReference(parseReference(reference));
    await books.metadata.change(() => {
      if (!books.images.has(id)) throw imageGone(id);
      putReference(books, canonical, id);
    });
  }

  async #withEmptyDirectory<T>(read: (root: string) => Promise<T>): Promise<T> {
    // Named after the work, so that it goes with what a killed build has left.
    const directory = join(this.#books.layout.spool, this.#work.id);
    makeDirectory(directory);
    try {
      return await read(directory);
    } finally {
      await removeTree(directory);
    }
  }
}

function sinkStream(stream: 'stdout' | 'stderr', output: OutputSink): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      output(stream, chunk);
      done();
    },
  });
}

function imageGone(image: string): StoreError {
  return new StoreError('IMAGE_NOT_FOUND', `The image ${image} has been removed meanwhile.`, { details: { image } });
}
