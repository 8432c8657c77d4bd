/**
 * The order of processes: each round has every target once and begins with another one than the round before.
 * For three targets: 0 1 2, 1 2 0, 2 0 1.
 */
export function roundOrder(targets: number, rounds: number): { readonly round: number; readonly index: number }[] {
  const order: { round: number; index: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < targets; turn += 1) order.push({ round, index: (round + turn) % targets });
  }
  return order;
}
