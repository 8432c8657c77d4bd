import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '@graphdriver/host';

const PROGRAMS = ['sh', 'cat', 'ls', 'sleep'];
const DATA = 16 * 1024 * 1024;

/**
 * Makes a root filesystem that any Debian machine can make without asking anybody: a shell and three programs of this host with the libraries
 * that they load, and 16 MiB of data, so that it counts whether they are copied.
 */
export async function smallFiles(root) {
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'srv'));
  await writeFile(join(root, 'srv/data'), randomBytes(DATA));
  for (const program of PROGRAMS) {
    const { stdout: path } = await run('sh', ['-c', 'command -v "$1"', 'sh', program]);
    await copyFile(path.trim(), join(root, 'bin', program));
    const { stdout: libraries } = await run('ldd', [path.trim()]);
    for (const library of libraries.match(/\/\S+/g) ?? []) {
      await mkdir(join(root, dirname(library)), { recursive: true });
      await copyFile(library, join(root, library));
    }
  }
}
