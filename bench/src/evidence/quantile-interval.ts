import { type Random, seededRandom } from '../seeded-random.ts';
import { normalBelow, normalQuantile } from './normal.ts';
import { quantileOfT } from './student-t.ts';

/** A quantile and how sure it is. */
export interface QuantileInterval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** What was asked for, as in 0.95. */
  readonly confidence: number;
  /** The most that any interval between the least and the greatest of so many observations can promise: less where there are few. */
  readonly attainable: number;
  /** What was taken as independent: processes, or the samples of the only one, which say nothing about the next process. */
  readonly unit: 'round' | 'sample';
  /** How many of them. */
  readonly observations: number;
}

/** How to resample. */
export interface QuantileOptions {
  readonly seed: number;
  /** 0.5 unless given: the median. */
  readonly quantile?: number;
  /** 2000 unless given. */
  readonly resamples?: number;
  /** 0.95 unless given. */
  readonly confidence?: number;
}

/**
 * A quantile of all samples with its bootstrap interval, the samples being given by round.
 *
 * A round is a process, and the observation: rounds are drawn with replacement, and then, within each one that was drawn, samples.
 * So what makes all samples of a process slow (where its memory lies, what the disk did meanwhile) widens the interval.
 * The interval lies between two percentiles of the resampled quantiles, which are corrected for bias (Efron and Tibshirani, An
 * Introduction to the Bootstrap, 14.3) and farther out than 2.5 and 97.5, as Student's t is than the normal distribution (Hesterberg,
 * The American Statistician 69, 2015). It was chosen by coverage: a test has it beside plain percentiles and BCa.
 * Takes time proportional to `resamples` times the number of samples, 20 ns each; the same seed gives the same interval.
 *
 * @throws {RangeError} where there are no samples
 */
export function quantileInterval(rounds: readonly ArrayLike<number>[], options: QuantileOptions): QuantileInterval {
  const { seed, quantile = 0.5, resamples = 2000, confidence = 0.95 } = options;
  const present = rounds.filter(({ length }) => length > 0);
  const [only] = present;
  if (only === undefined) throw new RangeError('There is no quantile of no samples.');
  const unit = present.length > 1 ? 'round' : 'sample';
  const pool = new SortedRounds(unit === 'round' ? present : Array.from(only, (value) => [value]));
  const random = seededRandom(seed);
  const found = new Float64Array(resamples);
  for (let at = 0; at < resamples; at += 1) found[at] = pool.resampledQuantile(quantile, random);
  found.sort();
  const observations = pool.size;
  const estimate = pool.quantile(quantile);
  const [low, high] = tailsOf(found, { estimate, observations, confidence });
  return {
    estimate,
    low: sortedQuantile(found, low),
    high: sortedQuantile(found, high),
    confidence,
    attainable: 1 - quantile ** observations - (1 - quantile) ** observations,
    unit,
    observations,
  };
}

/** Between which shares of the ascending resampled values the interval lies. */
function tailsOf(
  found: Float64Array,
  of: { readonly estimate: number; readonly observations: number; readonly confidence: number },
): readonly [low: number, high: number] {
  if (of.observations < 2) return [0, 1];
  let below = 0;
  for (const value of found) below += value < of.estimate ? 1 : value === of.estimate ? 0.5 : 0;
  const bias = normalQuantile(below / found.length);
  const { observations, confidence } = of;
  const reach = quantileOfT((1 + confidence) / 2, observations - 1) * Math.sqrt(observations / (observations - 1));
  return [normalBelow(2 * bias - reach), normalBelow(2 * bias + reach)];
}

/** The quantile of ascending values, between neighbours where it falls between them (definition 7 of Hyndman and Fan). */
export function sortedQuantile(ascending: ArrayLike<number>, quantile: number): number {
  const place = (ascending.length - 1) * quantile;
  const below = Math.floor(place);
  const value = ascending[below] ?? Number.NaN;
  const next = ascending[Math.min(below + 1, ascending.length - 1)] ?? Number.NaN;
  return place === below || value === next ? value : value + (next - value) * (place - below);
}

/** Values of several rounds in one ascending row. To draw is then to count, and nothing is sorted anew. */
class SortedRounds {
  readonly size: number;
  readonly #values: Float64Array;
  /** Places in `#values`, round after round. */
  readonly #places: Uint32Array;
  /** Where each round begins in `#places`, and where the last one ends. */
  readonly #starts: Uint32Array;
  readonly #counts: Uint32Array;

  constructor(rounds: readonly ArrayLike<number>[]) {
    this.size = rounds.length;
    const flat = Float64Array.from(rounds.flatMap((round) => Array.from(round)));
    const order = Uint32Array.from(flat, (_, index) => index).sort((a, b) => (flat[a] ?? 0) - (flat[b] ?? 0));
    this.#values = Float64Array.from(order, (index) => flat[index] ?? Number.NaN);
    this.#places = new Uint32Array(flat.length);
    for (const [place, index] of order.entries()) this.#places[index] = place;
    this.#starts = new Uint32Array(rounds.length + 1);
    for (const [index, { length }] of rounds.entries()) this.#starts[index + 1] = (this.#starts[index] ?? 0) + length;
    this.#counts = new Uint32Array(flat.length);
  }

  quantile(quantile: number): number {
    return sortedQuantile(this.#values, quantile);
  }

  resampledQuantile(quantile: number, random: Random): number {
    const counts = this.#counts.fill(0);
    let total = 0;
    for (let draw = 0; draw < this.size; draw += 1) {
      const round = Math.floor(random() * this.size);
      const start = this.#starts[round] ?? 0;
      const length = (this.#starts[round + 1] ?? 0) - start;
      total += length;
      for (let inner = 0; inner < length; inner += 1) {
        const place = this.#places[start + (length === 1 ? 0 : Math.floor(random() * length))] ?? 0;
        counts[place] = (counts[place] ?? 0) + 1;
      }
    }
    return this.#countedQuantile((total - 1) * quantile);
  }

  /** The value at a place in the row in which each value stands as often as it was counted. */
  #countedQuantile(place: number): number {
    const below = Math.floor(place);
    let seen = 0;
    let index = -1;
    while (seen <= below) {
      index += 1;
      seen += this.#counts[index] ?? 0;
    }
    const value = this.#values[index] ?? Number.NaN;
    if (place === below || seen > below + 1) return value;
    do index += 1;
    while (this.#counts[index] === 0);
    return value + ((this.#values[index] ?? Number.NaN) - value) * (place - below);
  }
}
