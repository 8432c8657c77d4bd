import { once } from 'node:events';
import type { CrowdOrder } from './crowd-order.ts';
import { performStep } from './perform-step.ts';

// One process of a crowd: an ordinary program to whom the view is a directory. It waits until it is told to begin.

const [, , order] = process.argv;
if (order !== undefined) await main(JSON.parse(order) as CrowdOrder); // Written by crowd.ts.

async function main({ root, steps }: CrowdOrder): Promise<void> {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  const outcomes = steps.map(({ step, tick, time }) => performStep(root, step, tick, BigInt(time)));
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
  process.stdin.destroy();
}
