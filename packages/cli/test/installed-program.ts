import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandExists, run } from '@graphdriver/host';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** The program as a user has it: packed, and installed into a folder of its own. Removed with it. */
export interface InstalledProgram extends AsyncDisposable {
  readonly folder: string;
  /** The path of the command. */
  readonly command: string;
}

/**
 * Packs the program as it would be published and installs the tarball with pnpm, without asking any registry:
 * the packages that it depends on by its manifest are those that this workspace has installed.
 */
export async function installProgram(): Promise<InstalledProgram> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'graphdriver-installed-')));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const tarball = join(folder, 'graphdriver.tgz');
    await pnpm(packageFolder, 'pack', '--out', tarball);
    const manifest: unknown = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
    const { dependencies } = manifest as { dependencies: Record<string, string> }; // Our own manifest.
    const overrides = Object.fromEntries(
      await Promise.all(Object.keys(dependencies).map(async (name) => [name, `link:${await installedAt(name)}`])),
    );
    const empty = join(folder, 'user');
    await mkdir(empty);
    await writeFile(
      join(empty, 'package.json'),
      JSON.stringify({ private: true, dependencies: { graphdriver: `file:${tarball}` }, pnpm: { overrides } }),
    );
    await pnpm(empty, 'install', '--offline', '--ignore-workspace');
    return { folder: empty, command: join(empty, 'node_modules/.bin/graphdriver'), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function installedAt(name: string): Promise<string> {
  return realpath(join(packageFolder, 'node_modules', name));
}

/** Runs the pnpm that is there, or the pinned one. */
async function pnpm(cwd: string, ...args: readonly string[]): Promise<void> {
  const options = { cwd, timeout: 120_000, env: { CI: '1' } };
  if (commandExists('pnpm')) return void (await run('pnpm', args, options));
  const root: unknown = JSON.parse(await readFile(join(packageFolder, '../../package.json'), 'utf8'));
  const { packageManager } = root as { packageManager: string }; // Our own manifest.
  await run('npx', ['--yes', packageManager, ...args], options);
}
