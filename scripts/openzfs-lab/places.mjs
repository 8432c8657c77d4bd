// Where the lab lies and what it is made of. The cache's name holds the versions: a change of any of them makes a new lab beside the old.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Debian release of the guest, whose user-mode-linux is the kernel. */
export const SUITE = 'bookworm';
export const LINUX = '6.1';
export const OPENZFS = '2.3.2';

/** To be raised whenever the guest's root or the way the modules are built changes. */
const REVISION = 1;

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = process.env.GRAPHDRIVER_LAB ?? join(homedir(), '.cache/graphdriver/openzfs-lab');
const home = join(resolve(cache), `${SUITE}-linux-${LINUX}-openzfs-${OPENZFS}-r${REVISION}`);

/** `guest` and `modules` get their names when they are complete, and not before; `work` is what a build leaves when it is cut short. */
export const places = Object.freeze({
  here,
  repository: fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
  home,
  lock: join(home, 'build.lock'),
  work: join(home, 'work'),
  guest: join(home, 'guest'),
  modules: join(home, 'modules'),
});

/** What a part of the lab was made of, or `null` where it has not been built. */
export function partFacts(part) {
  try {
    return JSON.parse(readFileSync(join(places[part], 'facts.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
