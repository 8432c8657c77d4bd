/** Random choices that follow from a seed. */
export interface Random {
  /** A whole number from 0 up to but not including `below`. */
  below(below: number): number;
  /** One of `choices`. */
  of<T>(choices: readonly [T, ...T[]]): T;
}

/** The same choices for the same seed (mulberry32: 32 bits of state, even enough for choosing steps). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, of: (choices) => choices[below(choices.length)] ?? choices[0] };
}
