// `node scripts/benchmarks.mjs GRID.json ROWS.json`: writes docs/benchmarks from what `graphdriver bench` has kept in files.
// Any file may be left out, and one of `bench self` and some of `bench picks` added; which is which is told by what is in it.
// Several grids of one machine become one, and several files of rows, a later one filling up or replacing what an earlier one has. `--out DIR` writes elsewhere.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  benchmarksPage,
  isSelfComparison,
  mergeResults,
  mergeRows,
  parsePicks,
  parseResult,
  parseRows,
} from '../bench/dist/index.js';

const USAGE = 'node scripts/benchmarks.mjs [GRID.json ...] [ROWS.json ...] [SELF.json] [PICKS.json ...] [--out DIR]';

/** Reads the files, whichever of them is which. */
function readSource(paths) {
  const source = {};
  for (const path of paths) {
    const text = readFileSync(path, 'utf8');
    const { format } = JSON.parse(text);
    if (format === 'graphdriver-rows') {
      source.rows = mergeRows([...(source.rows === undefined ? [] : [source.rows]), parseRows(text, path)]);
      continue;
    }
    if (format === 'graphdriver-picks') {
      source.picks = [...(source.picks ?? []), parsePicks(text, path)];
      continue;
    }
    const result = parseResult(text, path);
    if (isSelfComparison(result)) source.self = result;
    else source.grid = mergeResults([...(source.grid === undefined ? [] : [source.grid]), result]);
  }
  return source;
}

/** Writes the page, and takes away charts that it no longer has. */
function writePage(directory, files) {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) {
    if (name.endsWith('.svg') && !(name in files)) rmSync(join(directory, name));
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

const args = process.argv.slice(2);
const out = args.indexOf('--out');
const directory = out === -1 ? new URL('../docs/benchmarks', import.meta.url).pathname : args[out + 1];
const paths = args.filter((_, index) => out === -1 || (index !== out && index !== out + 1));
if (paths.length === 0 || directory === undefined || paths.some((path) => path.startsWith('-'))) {
  process.stderr.write(`Usage: ${USAGE}\n`);
  process.exitCode = 2;
} else {
  const files = benchmarksPage(readSource(paths));
  writePage(directory, files);
  process.stdout.write(`${Object.keys(files).length} files are in ${directory}.\n`);
}
