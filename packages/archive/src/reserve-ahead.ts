import { type ReserveAbility, reserveBlocks } from '@graphdriver/host';

/** A call for each mebibyte costs nothing that can be seen. */
const AHEAD = 1024 * 1024;

/**
 * Reserves blocks for a run of data before it is written, and at most a mebibyte more than there is: what an archive says of the size of
 * its files need not be so.
 */
export class ReserveAhead {
  readonly #fd: number;
  readonly #end: number;
  readonly #ability: ReserveAbility;
  #reserved: number;

  constructor(fd: number, run: { readonly start: number; readonly end: number }, ability: ReserveAbility) {
    this.#fd = fd;
    this.#end = run.end;
    this.#ability = ability;
    this.#reserved = run.start;
  }

  /** To be called before anything up to `position` is written. */
  reach(position: number): void {
    if (position <= this.#reserved) return;
    const end = Math.min(this.#end, Math.max(position, this.#reserved + AHEAD));
    reserveBlocks(this.#fd, this.#reserved, end - this.#reserved, this.#ability);
    this.#reserved = end;
  }
}
