import type { Metadata } from './metadata.ts';
import type { Table } from './table.ts';

/**
 * Who needs what: pairs of a target and its user, each named `kind:id`.
 *
 * A layer is used by images, containers, the layers on top of it and by work that is under way; an image by containers and references.
 * What nobody uses can go.
 */
export class Uses {
  readonly #table: Table<1>;

  constructor(metadata: Metadata) {
    this.#table = metadata.table<1>('uses');
  }

  /** Who uses `target`, only users of `kind` where that is given. At most `limit`. */
  of(target: string, kind = '', limit?: number): readonly string[] {
    const start = `${target}|`;
    return this.#table.keys(`${start}${kind}`, limit).map((key) => key.slice(start.length));
  }

  has(target: string, user: string): boolean {
    return this.#table.has(`${target}|${user}`);
  }

  /** Inside of a change. */
  add(target: string, user: string): void {
    this.#table.put(`${target}|${user}`, 1);
  }

  /** Inside of a change. */
  remove(target: string, user: string): void {
    this.#table.remove(`${target}|${user}`);
  }
}
