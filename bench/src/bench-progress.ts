/** How far a run is. */
export interface BenchProgress {
  /** From 0 to 1, by time as far as it can be foreseen. */
  readonly fraction: number;
  /** Milliseconds since the start. */
  readonly elapsed: number;
  /** Milliseconds still to go: a guess that grows better. */
  readonly remaining: number;
  /** Label of the target at work. */
  readonly target: string;
  /** Id of the case at work, or `null` between two of them, while layers are built. */
  readonly case: string | null;
  /** How many cases have been dealt with, each counted in every round of every target. */
  readonly done: number;
  /** How many there are to deal with. */
  readonly total: number;
}

/**
 * Foresees how long a run takes: by guesses made beforehand, corrected by how wrong they have been so far.
 * `planned` and what `advance` takes are milliseconds of the guesses.
 */
export class ProgressEstimate {
  readonly #planned: number;
  readonly #now: () => number;
  readonly #start: number;
  readonly #total: number;
  #done = 0;
  #cases = 0;

  constructor(planned: number, total: number, now: () => number = () => performance.now()) {
    this.#planned = Math.max(planned, 1);
    this.#total = total;
    this.#now = now;
    this.#start = now();
  }

  /** Books a piece of work as done. */
  advance(guessed: number): void {
    this.#done = Math.min(this.#planned, this.#done + guessed);
  }

  /** Counts a case as dealt with. */
  count(): void {
    this.#cases += 1;
  }

  at(target: string, of: string | null): BenchProgress {
    const elapsed = this.#now() - this.#start;
    const left = this.#planned - this.#done;
    // A guess is trusted like one second of experience: the first short cases must not upset the whole estimate.
    const pace = (elapsed + 1000) / (this.#done + 1000);
    const fraction = this.#done / this.#planned;
    return {
      fraction,
      elapsed,
      remaining: left * pace,
      target,
      case: of,
      done: this.#cases,
      total: this.#total,
    };
  }
}
