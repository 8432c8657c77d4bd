/** A source of numbers in [0, 1): the same seed gives the same numbers. */
export type Random = () => number;

/** Makes a source of random numbers by Mulberry32, which is plenty for resampling and shuffling, and for nothing secret. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** The items in a random order (Fisher and Yates); `items` stays as it is. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const pool = [...items];
  const result: T[] = [];
  while (pool.length > 0) result.push(...pool.splice(Math.floor(random() * pool.length), 1));
  return result;
}
