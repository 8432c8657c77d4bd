/**
 * The order of processes in a round, as places of the targets: each round has every target once and begins with another one than the
 * round before. For three targets: 0 1 2, 1 2 0, 2 0 1.
 */
export function roundOrder(round: number, targets: number): number[] {
  return Array.from({ length: targets }, (_, turn) => (round + turn) % targets);
}
