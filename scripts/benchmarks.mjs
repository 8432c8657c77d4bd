// `node scripts/benchmarks.mjs GRID.json ROWS.json`: writes docs/benchmarks from what `graphdriver bench` has kept in files.
// Any file may be left out, and one of `bench self`, one of a run with `--peer` and some of `bench picks` added; which is which is told by what is in it.
// Several grids of one machine become one, and several files of rows, a later one filling up or replacing what an earlier one has. Rows of another machine, or another state of it, become a table of their own. `--out DIR` writes elsewhere, and leaves the table in README.md alone.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  benchmarksPage,
  groupRows,
  isSelfComparison,
  knownPeers,
  mergeResults,
  parsePicks,
  parseResult,
  parseRows,
  resultsDigest,
  withDigest,
} from '../bench/dist/index.js';

const USAGE =
  'node scripts/benchmarks.mjs [GRID.json ...] [ROWS.json ...] [SELF.json] [PICKS.json ...] [ONE-RUN.json] [--out DIR]';

const peers = new Set(knownPeers.map(({ module }) => module.name));
const isPeer = ({ driver }) => peers.has(driver);

/** Reads the files, whichever of them is which. */
function readSource(paths) {
  const source = {};
  const rows = [];
  for (const path of paths) {
    const text = readFileSync(path, 'utf8');
    const { format } = JSON.parse(text);
    if (format === 'graphdriver-rows') {
      rows.push(parseRows(text, path));
      continue;
    }
    if (format === 'graphdriver-picks') {
      source.picks = [...(source.picks ?? []), parsePicks(text, path)];
      continue;
    }
    const result = parseResult(text, path);
    if (isSelfComparison(result)) source.self = result;
    else if (result.targets.some(isPeer)) source.oneRun = result;
    else source.grid = mergeResults([...(source.grid === undefined ? [] : [source.grid]), result]);
  }
  const [first, ...elsewhere] = groupRows(rows);
  return { ...source, rows: first, rowsElsewhere: elsewhere };
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
  const source = readSource(paths);
  const files = benchmarksPage(source);
  writePage(directory, files);
  if (out === -1 && source.oneRun !== undefined) {
    const readme = new URL('../README.md', import.meta.url);
    writeFileSync(readme, withDigest(readFileSync(readme, 'utf8'), resultsDigest(source.oneRun)));
  }
  process.stdout.write(`${Object.keys(files).length} files are in ${directory}.\n`);
}
