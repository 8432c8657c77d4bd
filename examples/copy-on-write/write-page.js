// Writes docs/walkthrough.md: what the walk-through prints on a driver that shares and on one that copies.
// Run it as root: pnpm --filter @graphdriver/examples run walkthrough
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
const page = fileURLToPath(new URL('../../docs/walkthrough.md', import.meta.url));

const sections = [];
for (const driver of ['overlay2', 'vfs']) {
  const { stdout } = await run(process.execPath, [main, driver], { timeout: 300_000 });
  sections.push(`# On ${driver}\n\n${stdout.trimEnd()}\n`);
}

await writeFile(
  page,
  `<!-- Written by \`pnpm --filter @graphdriver/examples run walkthrough\`: change the program, not this page. -->

The classic walk-through of images, layers and containers, as [examples/copy-on-write](../examples/copy-on-write/main.js) prints it.
It runs on every driver in the tests, which fail where an outcome is another, or where this page says other things than the program.
What is here was printed on ${new Date().toISOString().slice(0, 10)}, on Linux ${release().replace(/-.*/, '')}; ids, sizes and times are those of that run, and yours will be others.
Sizes are in powers of 1000, as Docker's are.

${sections.join('\n')}`,
);
