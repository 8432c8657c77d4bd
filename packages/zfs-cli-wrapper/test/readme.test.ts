import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';
import { expect } from 'vitest';
import { realTest, shareRealZfs } from './real-zfs.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');

shareRealZfs();

/** What each program prints, on the filesystem `root` in place of the pool `tank`. */
const prints: readonly ((root: string) => readonly (string | RegExp)[])[] = [
  (root) => [
    new RegExp(`^${root} \\d+ undefined undefined$`, 'm'),
    new RegExp(`^${root}/web \\d+ undefined alice$`, 'm'),
    new RegExp(`^${root}/trial \\d+ ${root}/web@monday`, 'm'),
  ],
  () => ["32 local true [ 'two', 'lines' ]"],
  (root) => [`true [ '${root}/copy@one', '${root}/copy@two' ]`],
  (root) => [`[ '${root}/parent/child' ]`],
  () => [/^(zfs-fuse false 1000000000n|openzfs true 1n)$/m],
  (root) => ['zfs version', `zfs destroy -r ${root}/old`],
];

for (const [index, program] of programs.entries()) {
  realTest(`program ${index + 1} of the README prints what it should`, async (_real, root) => {
    // Beside the package, so that its name is found.
    const file = fileURLToPath(new URL(`../readme-program-${index}.mjs`, import.meta.url));
    writeFileSync(file, program.replaceAll(/\btank\b/g, root));
    try {
      const { stdout } = await run(process.execPath, [file]);
      for (const expected of prints[index]?.(root) ?? []) expect(stdout).toMatch(expected);
    } finally {
      rmSync(file);
    }
    expect(prints).toHaveLength(programs.length);
  });
}
