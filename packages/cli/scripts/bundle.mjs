// Bundles the command line into dist/: one program that starts fast, with parts that are loaded when a command needs them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyzeMetafile, build } from 'esbuild';
import { lazyBuiltins } from './lazy-builtins.mjs';
import { otherPrograms } from './other-programs.mjs';
import { thirdPartyLicences } from './third-party-licences.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const { version, dependencies } = JSON.parse(readFileSync(`${top}package.json`, 'utf8'));

/** Files by name: the programs and modules that other processes load. The plugin adds those that a round meets. */
const others = new Map();

let known;
do {
  known = others.size;
  await bundle({ write: false });
} while (others.size > known);

const { metafile } = await bundle({ write: true });
const notices = 'dist/THIRD-PARTY-NOTICES.txt';
writeFileSync(`${top}${notices}`, thirdPartyLicences(top, Object.keys(metafile.inputs)));
removeAllBut(new Set([...Object.keys(metafile.outputs), notices]));
if (process.argv.includes('--sizes')) process.stdout.write(await analyzeMetafile(metafile));

/** Removes what earlier builds left, after the new files are there: who runs the program meanwhile finds one or the other. */
function removeAllBut(kept) {
  for (const entry of readdirSync(`${top}dist`, { recursive: true, withFileTypes: true })) {
    const path = relative(top, join(entry.parentPath, entry.name));
    if (entry.isFile() && !kept.has(path) && !path.startsWith('dist/.types/')) rmSync(`${top}${path}`);
  }
}

async function bundle({ write }) {
  return await build({
    absWorkingDir: top,
    entryPoints: { main: 'src/main.ts', ...Object.fromEntries(others) },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    write,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Read faster, and stack traces still name functions.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // Native, or too dynamic to be bundled: they are the dependencies of the published package, and loaded at their first use.
    external: Object.keys(dependencies),
    define: { BUNDLED_VERSION: JSON.stringify(version) },
    // For the CommonJS packages in the bundle, which ask for Node's own modules.
    banner: { js: "import{createRequire as __from}from'node:module';const require=__from(import.meta.url);" },
    plugins: [otherPrograms(others), lazyBuiltins()],
    logLevel: 'warning',
  });
}
