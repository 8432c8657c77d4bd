import { mkdirSync } from 'node:fs';
import { createMounter } from '@graphdriver/host';

/** Layers on top of each other, made through real overlay mounts. */
export class OverlayStack implements AsyncDisposable {
  /** The layers' own directories, top first. */
  readonly branches: string[] = [];
  readonly #scratch: string;
  readonly #mounter = createMounter();
  readonly #mounted: string[] = [];
  #count = 0;

  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  /** Adds a layer, and changes it by `edit` at a path that shows the whole stack. */
  async add(edit: (root: string) => void): Promise<void> {
    const upper = this.#directory('upper');
    if (this.branches.length === 0) {
      edit(upper);
    } else {
      const target = this.#directory('mnt');
      await this.#mount(target, this.branches, [
        ['upperdir', upper],
        ['workdir', this.#directory('work')],
      ]);
      try {
        edit(target);
      } finally {
        await this.#mounter.unmount(target);
      }
    }
    this.branches.unshift(upper);
  }

  /** Mounts some of the layers read-only, top first, and tells where. */
  async view(branches: readonly string[] = this.branches): Promise<string> {
    const target = this.#directory('mnt');
    // An overlay of a single directory is refused.
    const lowers = branches.length > 1 ? branches : [...branches, this.#directory('empty')];
    await this.#mount(target, lowers, []);
    this.#mounted.push(target);
    return target;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const target of this.#mounted.splice(0)) await this.#mounter.unmount(target);
  }

  async #mount(
    target: string,
    lowers: readonly string[],
    options: readonly (readonly [string, string])[],
  ): Promise<void> {
    const lowerdirs = lowers.map((lower) => ['lowerdir', lower] as const);
    await this.#mounter.mount({ type: 'overlay', source: 'overlay', target, options: [...lowerdirs, ...options] });
  }

  #directory(kind: string): string {
    const path = `${this.#scratch}/${kind}-${this.#count++}`;
    mkdirSync(path);
    return path;
  }
}
