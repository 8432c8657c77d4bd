import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const NAME = 'd'.repeat(200);
const DEPTH = 60;

/** Makes directories nested 12,000 bytes deep, which no single path can name, with a file at the bottom and one half way. */
export function makeDeepTree(top: string): void {
  inside(top, () => {
    for (let depth = 0; depth < DEPTH; depth += 1) {
      mkdirSync(NAME);
      process.chdir(NAME);
      if (depth === DEPTH / 2) writeFileSync('half', 'half way');
    }
    writeFileSync('bottom', 'far down');
  });
}

/** What the file at the bottom holds, or `undefined` where the tree does not reach down to it. */
export function readDeepTree(top: string): string | undefined {
  return inside(top, () => {
    for (let depth = 0; depth < DEPTH; depth += 1) {
      if (!existsSync(NAME)) return undefined;
      process.chdir(NAME);
    }
    return readFileSync('bottom', 'utf8');
  });
}

function inside<T>(directory: string, action: () => T): T {
  const before = process.cwd();
  process.chdir(directory);
  try {
    return action();
  } finally {
    process.chdir(before);
  }
}
