import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '@graphdriver/host';
import { type Ending, endingOf } from '../ending.ts';
import { allPosixCases } from './all-posix-cases.ts';
import type { PosixCase } from './posix-case.ts';
import type { PosixAnswer, PosixOrder } from './posix-order.ts';

// The process in which cases run: it changes its umask, its current directory and its user as they need it.

const HOME = '/';

await main(JSON.parse(process.argv[2] ?? '{}') as PosixOrder); // Written by posix-process.ts.

async function main({ phase, directory, ids }: PosixOrder): Promise<void> {
  process.umask(0);
  const cases = new Map(allPosixCases.map((posixCase) => [posixCase.id, posixCase]));
  for (const id of ids) {
    const posixCase = cases.get(id);
    if (posixCase === undefined) continue;
    const started = performance.now();
    const place = join(directory, id.replace('/', '.'));
    const ending = await (phase === 'stage' ? stage(posixCase, place) : run(posixCase, place));
    answer({ id, duration: Math.round((performance.now() - started) * 100) / 100, ...ending });
  }
}

function stage({ stage }: PosixCase, place: string): Promise<Ending> {
  return endingOf(() => {
    mkdirSync(place, 0o755);
    inDirectory(place, stage ?? (() => undefined));
  });
}

async function run({ run }: PosixCase, place: string): Promise<Ending> {
  const ending = await endingOf(() => inDirectory(place, run));
  const removed = await endingOf(() => removeTree(place));
  return ending.outcome === 'passed' && removed.outcome !== 'passed' ? removed : ending;
}

function inDirectory(place: string, action: () => void): void {
  process.chdir(place);
  try {
    action();
  } finally {
    process.chdir(HOME);
  }
}

function answer(line: PosixAnswer): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
