import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';

const PROGRAM = /new URL\('([^']+\.js)', import\.meta\.url\)/g;
const MODULE = /import\.meta\.resolve\('([^']+)'\)/g;

/**
 * A plugin that bundles what our code finds by its address because another process is to load it:
 * programs, as in `new URL('../dist/worker.js', import.meta.url)`, and modules, as in `import.meta.resolve('@graphdriver/driver-vfs')`.
 *
 * It adds each to `others`, to become an entry point of the bundle and so a file `programs/NAME.js` that keeps its exports, and
 * writes that file's address in place of the old one. One that does not exist fails the build.
 */
export function otherPrograms(others) {
  const addressOf = (file) => {
    const name = `programs/${nameOf(file)}`;
    if (!existsSync(file)) throw new Error(`${file} is to be bundled and does not exist.`);
    if ((others.get(name) ?? file) !== file) throw new Error(`${file} and ${others.get(name)} would both be ${name}.`);
    others.set(name, file);
    // Right in every file of the bundle but main.js, for all others lie one folder down.
    return `new URL('../${name}.js', import.meta.url)`;
  };
  return {
    name: 'other-programs',
    setup(build) {
      build.onLoad({ filter: /(packages|bench)\/.*\.[jt]s$/ }, ({ path }) => {
        if (path.includes('/node_modules/')) return undefined;
        const text = readFileSync(path, 'utf8');
        const contents = text
          .replace(PROGRAM, (_, relative) => addressOf(resolve(dirname(path), relative)))
          .replace(MODULE, (_, specifier) => `${addressOf(entryOf(specifier, path))}.href`);
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

/** The name of the file, or of its package where it is the package's entry. */
function nameOf(file) {
  const name = basename(file, '.js');
  return name === 'index' ? basename(resolve(file, '../..')) : name;
}

/** The file that `import specifier` loads in the module `from`. */
function entryOf(specifier, from) {
  const manifest = createRequire(from).resolve(`${specifier}/package.json`);
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8'));
  return resolve(dirname(manifest), exports['.'].default);
}
