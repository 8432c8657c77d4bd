import type {
  ApplyResult,
  CallOptions,
  Capabilities,
  Change,
  CreateOptions,
  DiffOptions,
  Driver,
  GetOptions,
  Holder,
  Labels,
  LayerDriver,
  LayerFile,
  LayerMetadata,
  LayerRecord,
  Mount,
  MountOptions,
  MountPlan,
  PutOptions,
  StatusLine,
  Usage,
} from '@graphdriver/core';
import type { DiffSource } from './diff-source.ts';
import { SourcedDiffs } from './layer-diffs.ts';

/**
 * Makes a whole driver of one that keeps layers, and of what it lends for reading and writing them.
 *
 * `diff`, `changes` and `diffSize` compare the views of `source`: with the parent only what `source.touched` names, with any other base
 * everything and every content. What was opened is given back when the call, the stream or the file ends.
 */
export function withDiffs(driver: LayerDriver, source: DiffSource): Driver {
  return new DiffingDriver(driver, source);
}

class DiffingDriver implements Driver {
  readonly #driver: LayerDriver;
  readonly #diffs: SourcedDiffs;

  constructor(driver: LayerDriver, source: DiffSource) {
    this.#driver = driver;
    this.#diffs = new SourcedDiffs(driver, source);
  }

  get name(): string {
    return this.#driver.name;
  }

  get root(): string {
    return this.#driver.root;
  }

  get capabilities(): Capabilities {
    return this.#driver.capabilities;
  }

  create(id: string, options?: CreateOptions): Promise<LayerRecord> {
    return this.#driver.create(id, options);
  }

  commit(id: string, options?: CallOptions): Promise<LayerRecord> {
    return this.#driver.commit(id, options);
  }

  remove(id: string, options?: CallOptions): Promise<void> {
    return this.#driver.remove(id, options);
  }

  get(id: string, options?: GetOptions): Promise<Mount> {
    return this.#driver.get(id, options);
  }

  put(id: string, options: PutOptions & { readonly holder: string }): Promise<void> {
    return this.#driver.put(id, options);
  }

  holders(id: string): Promise<readonly Holder[]> {
    return this.#driver.holders(id);
  }

  describeMount(id: string, options?: MountOptions): Promise<MountPlan> {
    return this.#driver.describeMount(id, options);
  }

  stat(id: string): Promise<LayerRecord> {
    return this.#driver.stat(id);
  }

  exists(id: string): Promise<boolean> {
    return this.#driver.exists(id);
  }

  list(): Promise<readonly LayerRecord[]> {
    return this.#driver.list();
  }

  setLabels(id: string, labels: Labels): Promise<LayerRecord> {
    return this.#driver.setLabels(id, labels);
  }

  usage(id: string, options?: CallOptions): Promise<Usage> {
    return this.#driver.usage(id, options);
  }

  reclaimable(id: string, options?: CallOptions): Promise<number> {
    return this.#driver.reclaimable(id, options);
  }

  status(): Promise<readonly StatusLine[]> {
    return this.#driver.status();
  }

  metadata(id: string): Promise<LayerMetadata> {
    return this.#driver.metadata(id);
  }

  diff(id: string, options?: DiffOptions): AsyncIterable<Uint8Array> {
    return this.#diffs.diff(id, options);
  }

  changes(id: string, options?: DiffOptions): Promise<readonly Change[]> {
    return this.#diffs.changes(id, options);
  }

  applyDiff(id: string, archive: AsyncIterable<Uint8Array>, options?: CallOptions): Promise<ApplyResult> {
    return this.#diffs.applyDiff(id, archive, options);
  }

  diffSize(id: string, options?: DiffOptions): Promise<number> {
    return this.#diffs.diffSize(id, options);
  }

  openLayerFile(id: string, path: string | Uint8Array, options?: CallOptions): Promise<LayerFile> {
    return this.#diffs.openLayerFile(id, path, options);
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver[Symbol.asyncDispose]();
  }
}
