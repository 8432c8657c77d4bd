import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mountsUnder } from '@graphdriver/host';

/** Every name under a root, and every mount: what a call that leaves nothing behind may not add to. */
export function footprintOf(root: string): readonly string[] {
  const names = readdirSync(root, { recursive: true, encoding: 'latin1' });
  const mounts = mountsUnder(root).map((entry) => `mounted: ${entry.mountPoint}`);
  return [...names, ...mounts].sort();
}

/** Fails where a root holds a name or mount that was not there before. */
export function assertNothingNew(root: string, before: readonly string[], what: string): void {
  const known = new Set(before);
  const added = footprintOf(root).filter((name) => !known.has(name));
  assert.deepEqual(added, [], `${what} left something behind`);
}
