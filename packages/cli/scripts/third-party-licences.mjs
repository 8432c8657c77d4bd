import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The licences of all packages that `modules` (paths from `top`) belong to, for the bundle has to bring them along.
 * Throws where a package has none.
 */
export function thirdPartyLicences(top, modules) {
  const foreign = modules.filter((module) => module.includes('node_modules/')).map((module) => resolve(top, module));
  const folders = new Set(foreign.map(packageFolder));
  return [...folders]
    .map(licenceOf)
    .toSorted()
    .join(`\n${'-'.repeat(80)}\n`);
}

/** The nearest folder with a manifest that has a version. */
function packageFolder(module) {
  let folder = dirname(module);
  while (readManifest(folder)?.version === undefined) folder = dirname(folder);
  return folder;
}

function licenceOf(folder) {
  const { name, version } = readManifest(folder);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} is bundled and has no licence file.`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

function readManifest(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
