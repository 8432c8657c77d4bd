import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Capabilities, Driver, Mount } from '@graphdriver/core';
import { settleTimes } from '../staging/times.ts';
import { breakLink, performStep } from './perform-step.ts';
import type { TreeStep } from './random-step.ts';

/** A writable layer and the plain directory that is to be the same. */
export class TwinLayer {
  readonly id: string;
  /** The plain directory. */
  readonly plain: string;
  readonly #driver: Driver;
  readonly #capabilities: Capabilities;
  /** Inode numbers, in the plain directory, of the files that are the layer's own: touched since it was made. */
  readonly #own: Set<bigint>;
  #mount: Mount | undefined;

  constructor(driver: Driver, id: string, plain: string, own: Iterable<bigint> = []) {
    this.id = id;
    this.plain = plain;
    this.#driver = driver;
    this.#capabilities = driver.capabilities;
    this.#own = new Set(own);
  }

  /** Does a step on both sides, which must have the same outcome. */
  async perform(step: TreeStep, tick: number, time: bigint): Promise<void> {
    this.#mount ??= await this.#driver.get(this.id);
    const outcome = performStep(this.#mount.path, step, tick, time);
    if (outcome === 'EXDEV' && !this.#capabilities.renameLowerDirectory) return;
    if (outcome === 'done') this.#comeApart(step);
    assert.equal(
      outcome,
      performStep(this.plain, step, tick, time),
      `${JSON.stringify(step)} in the layer, and in a plain directory`,
    );
    if (outcome !== 'done') return;
    for (const path of touchedBy(step)) this.#note(path);
    settleTimes(this.#mount.path, time);
    settleTimes(this.plain, time);
  }

  /** Gives the mount back, so that the next step, or whoever reads the layer, mounts it anew. */
  async rest(): Promise<void> {
    const mount = this.#mount;
    this.#mount = undefined;
    await mount?.put();
  }

  /** The same for another layer that was made of this one's diff: all of its own files are in there. */
  replacedBy(id: string): TwinLayer {
    return new TwinLayer(this.#driver, id, this.plain, this.#own);
  }

  /** The same for a fork of this one, and a copy of the plain directory. */
  forkedAs(id: string, copy: string): TwinLayer {
    const inode = (root: string, name: string): bigint => lstatSync(join(root, name), { bigint: true }).ino;
    const names = readdirSync(this.plain, { recursive: true, encoding: 'utf8' });
    const own = names.filter((name) => this.#own.has(inode(this.plain, name)));
    return new TwinLayer(
      this.#driver,
      id,
      copy,
      own.map((name) => inode(copy, name)),
    );
  }

  #comeApart(step: TreeStep): void {
    if (this.#capabilities.keepsHardLinks || step.do === 'unlink' || step.do === 'remove-tree') return;
    const path = join(this.plain, step.path);
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats?.isFile() === true && stats.nlink > 1n && !this.#own.has(stats.ino)) breakLink(path);
  }

  #note(path: string): void {
    const stats = lstatSync(join(this.plain, path), { bigint: true, throwIfNoEntry: false });
    if (stats?.isFile() === true) this.#own.add(stats.ino);
  }
}

function touchedBy(step: TreeStep): readonly string[] {
  return 'to' in step ? [step.path, step.to] : [step.path];
}
