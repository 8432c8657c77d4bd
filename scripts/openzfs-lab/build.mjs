// Builds the parts of the lab that are missing. Each step leaves a mark when it is done, so that a build which was cut short goes on there;
// a part gets the name under which it is used by one rename, when all of it is there.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { updateLists } from './apt.mjs';
import { GUEST_STEPS } from './build-guest.mjs';
import { MODULES_STEPS } from './build-modules.mjs';
import { partFacts, places } from './places.mjs';
import { requireHost } from './prerequisites.mjs';
import { say } from './say.mjs';

const STEPS = { guest: GUEST_STEPS, modules: MODULES_STEPS };

/**
 * Builds `parts` in their order, each unless it is there.
 *
 * @param {readonly ('guest' | 'modules')[]} parts the modules are built for the kernel of the guest
 * @param {{ install: boolean, jobs: number }} options
 */
export function build(parts, options) {
  const missing = parts.filter((part) => partFacts(part) === null);
  if (missing.length === 0) return say(`Nothing to do: ${places.home} is complete.`);
  requireHost(missing, options);
  say(`Building in ${places.home}`);
  mkdirSync(join(places.work, 'done'), { recursive: true });
  step('lists of packages', 'lists', updateLists);
  for (const part of missing) buildPart(part, options);
  if (Object.keys(STEPS).every((part) => partFacts(part) !== null)) rmSync(places.work, { recursive: true });
  say('Done.');
}

function buildPart(part, options) {
  for (const { name, what, run } of STEPS[part]) step(what, `${part}-${name}`, () => run(options));
  const staged = join(places.work, `${part}-staged`);
  rmSync(places[part], { recursive: true, force: true });
  renameSync(staged, places[part]);
}

function step(what, name, run) {
  const mark = join(places.work, 'done', name);
  if (existsSync(mark)) return;
  say(what);
  const started = Date.now();
  run();
  writeFileSync(mark, `${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
