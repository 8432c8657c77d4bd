/** How much one request counts among those before it. */
const WEIGHT = 1 / 16;
/** Which share of requests has to come soon. */
const WORTH = 0.3;

/**
 * Whether it pays to look for the next request again and again before this thread sleeps: it does while programs ask one thing after the
 * other, each as soon as it has its answer, and the waking up would take longer than the answer. Learned from how soon requests came.
 */
export class SpinGauge {
  #soon = 1;

  get pays(): boolean {
    return this.#soon > WORTH;
  }

  /** Says whether the next request came within the time that would have been, or was, spent looking. */
  note(isSoon: boolean): void {
    this.#soon += ((isSoon ? 1 : 0) - this.#soon) * WEIGHT;
  }
}
