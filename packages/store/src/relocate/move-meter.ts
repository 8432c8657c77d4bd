import type { MoveProgress } from './move-request.ts';

/** Milliseconds between two tellings of bytes alone. */
const PAUSE = 100;

/** Counts what a move has dealt with, and tells of it. */
export class MoveMeter {
  readonly #onProgress: ((progress: MoveProgress) => void) | undefined;
  #now: MoveProgress = { stage: 'layers', done: 0, total: 0, bytes: 0 };
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(onProgress: ((progress: MoveProgress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  /** So many of the stage's things are done. */
  step(stage: MoveProgress['stage'], done: number, total: number): void {
    this.#now = { ...this.#now, stage, done, total };
    this.#tell();
  }

  /** More of the content has come over, or was there already. */
  add(bytes: number): void {
    this.#now = { ...this.#now, bytes: this.#now.bytes + bytes };
    if (performance.now() - this.#toldAt >= PAUSE) this.#tell();
  }

  #tell(): void {
    this.#toldAt = performance.now();
    this.#onProgress?.(this.#now);
  }
}
