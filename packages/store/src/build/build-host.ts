import type { Digest } from '../identity/digest.ts';
import type { ImageConfig } from '../images/image-config.ts';
import type { ProcessSpec } from '../runtime/process-spec.ts';

/** An image that a stage starts from, or that files are copied from. */
export interface BaseImage {
  readonly id: Digest;
  readonly config: ImageConfig;
  /** The chain ID of its topmost layer; `null` for an image without layers. */
  readonly topLayer: Digest | null;
}

/** A layer that a step has made. */
export interface BuiltLayer {
  readonly diffId: Digest;
  /** Names it together with all that are underneath. */
  readonly chainId: Digest;
  /** Bytes, as the driver's `diffSize` says. */
  readonly size: number;
}

/** What is kept of a step that was carried out, to be used again. */
export interface BuiltStep {
  /** When it was carried out: RFC 3339 in UTC. */
  readonly created: string;
  /** `null`: the step changed no file. */
  readonly layer: BuiltLayer | null;
}

/** Options of every long call. */
export interface HostCall {
  readonly signal?: AbortSignal;
}

/** Takes what a process writes, as it comes. */
export type OutputSink = (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;

/**
 * All that a build needs of the world: images, layers, a cache and processes.
 *
 * One host serves one build. What it has resolved, found in the cache or made stays for as long as the build lasts, also where nothing else
 * refers to it: the owner of the host sees to that, and lets go afterwards.
 */
export interface BuildHost {
  /** Finds an image by a name as people write it. @throws {StoreError} `IMAGE_NOT_FOUND`, `INVALID_REFERENCE` */
  resolveBase(reference: string, options: HostCall): Promise<BaseImage>;

  /** What `remember` was told of this key, unless its layer is gone. Keys are digests. */
  cached(key: Digest): Promise<BuiltStep | undefined>;
  /** Keeps a step for later builds. A key that is there already is replaced. */
  remember(key: Digest, step: BuiltStep): Promise<void>;

  /**
   * Makes a layer on `parent` by what `change` does to its mounted writable view, and commits it.
   *
   * Gives `null`, and leaves nothing behind, where nothing was changed. Where `change` fails its error is passed on and nothing is left.
   */
  changeLayer(
    parent: Digest | null,
    change: (root: string) => Promise<void>,
    options: HostCall,
  ): Promise<BuiltLayer | null>;

  /** Lends a read-only view of a layer and all that are underneath, of an empty directory for `null`. */
  readLayer<T>(top: Digest | null, read: (root: string) => Promise<T>, options: HostCall): Promise<T>;

  /** Runs a process to its end, with no input. A process that could not be started is an error. */
  run(spec: ProcessSpec, output: OutputSink, options: HostCall): Promise<{ readonly exitCode: number }>;

  /** Keeps an image of this configuration whose topmost layer is `top`. The same configuration gives the same id. */
  saveImage(config: ImageConfig, top: Digest | null): Promise<{ readonly id: Digest }>;
  /** Gives an image a name, taking it from another. @throws {StoreError} `INVALID_REFERENCE` */
  tag(id: Digest, reference: string): Promise<void>;
}
