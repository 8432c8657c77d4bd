// `pnpm run check:packages`: packs every public package as it would be published, and asks whether others could use it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pnpm, top } from './setup.mjs';

// As attw's profile esm-only has it: our packages are not made for these two ways of resolving.
const OTHER_WAYS = new Set(['node10', 'node16-cjs']);

/** What a tarball may contain: what is built, and no records of the building. */
const MEANT = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(?!.*tsbuildinfo).*)$/;

const folders = readdirSync(`${top}packages`)
  .map((name) => `${top}packages/${name}`)
  .filter((folder) => readJson(`${folder}/package.json`).private !== true);
const publicNames = new Set(folders.map((folder) => readJson(`${folder}/package.json`).name));

const scratch = mkdtempSync(join(tmpdir(), 'graphdriver-packages-'));
const problems = [];
try {
  const filters = [...publicNames].map((name) => `--filter=${name}`);
  pnpm(['--silent', '--recursive', ...filters, 'pack', '--pack-destination', scratch], { quiet: true });
  for (const folder of folders) problems.push(...(await problemsOf(folder)));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const knip = spawnSync(`${top}node_modules/.bin/knip`, ['--no-progress', '--no-config-hints'], {
  cwd: top,
  encoding: 'utf8',
});
if (knip.status !== 0) problems.push(`knip:\n${knip.stdout}${knip.stderr}`);

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length === 0) process.stdout.write(`${folders.length} packages are fit to be published.\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function problemsOf(folder) {
  const { name, version } = readJson(`${folder}/package.json`);
  const tarball = readFileSync(join(scratch, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`));
  const found = createPackageFromTarballData(tarball);
  const path = `/node_modules/${name}`;
  const manifest = JSON.parse(found.readFile(`${path}/package.json`));
  const { messages } = await publint({ pack: { tarball: arrayBuffer(tarball) }, strict: true });
  return [
    ...messages.map((message) => formatMessage(message, manifest, { color: false })),
    ...['LICENSE', 'README.md'].filter((file) => !found.fileExists(`${path}/${file}`)).map((file) => `has no ${file}`),
    ...(manifest.publishConfig?.access === 'public'
      ? []
      : ['would be published for its owners only: publishConfig.access']),
    ...found
      .listFiles(path)
      .filter((file) => !MEANT.test(file.slice(path.length + 1)))
      .map((file) => `contains ${file}`),
    ...dependencyProblems(manifest),
    ...(await typeProblems(found, manifest)),
  ].map((problem) => `${name}: ${problem}`);
}

/** What is published may only need what is published, in a version that a registry knows. */
function dependencyProblems({ dependencies = {}, peerDependencies = {} }) {
  return Object.entries({ ...dependencies, ...peerDependencies }).flatMap(([name, range]) => {
    if (/^(workspace|catalog|link|file):/.test(range)) return [`depends on ${name} as ${range}`];
    return name.startsWith('@graphdriver/') && !publicNames.has(name) ? [`depends on ${name}, which is private`] : [];
  });
}

async function typeProblems(found, { exports }) {
  // A program has nothing to import and so no types.
  if (Object.keys(exports).every((path) => path === './package.json')) return [];
  const { types, problems = [] } = await checkPackage(found);
  if (types === false) return ['has no types'];
  return problems
    .filter(({ resolutionKind }) => !OTHER_WAYS.has(resolutionKind))
    .map((problem) => `${problem.kind}: ${JSON.stringify(problem)}`);
}

function arrayBuffer(bytes) {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
