import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';
import {
  loopFilesystem,
  loopFilesystemReason,
  machineLock,
  privilegeReason,
  requireOrSkip,
  scratchRoot,
  zfsFusePool,
  zfsReason,
} from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';

/** A directory on a file system that a driver can use. */
interface Place extends AsyncDisposable {
  readonly path: string;
}

const places: readonly (readonly [driver: string, reason: string | null, make: () => Promise<Place>])[] = [
  ['overlay2', privilegeReason(), () => scratchRoot()],
  ['vfs', privilegeReason(), () => scratchRoot()],
  ['aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.', () => scratchRoot()],
  ['btrfs', await loopFilesystemReason('btrfs'), () => loopFilesystem({ type: 'btrfs', size: 1 << 30 })],
  ['zfs', await zfsReason(), () => zfsFusePool({ size: 1 << 30 })],
];

async function walkThrough(driver: string, directory: string): Promise<string> {
  const main = fileURLToPath(new URL('../copy-on-write/main.js', import.meta.url));
  return (await run(process.execPath, [main, driver, directory], { timeout: 110_000 })).stdout;
}

/** Text without what is another in every run: ids, sizes, times, and the spaces that columns need for them. */
function withoutValues(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(/\b\d+(\.\d+)?(e[+-]?\d+)? ?(B|kB|MB|GB|ms|bytes)(?!\w)/g, 'VALUE')
    .replaceAll(/ {2,}/g, ' ');
}

describe.each(places)('the walk-through on %s', (driver, reason, make) => {
  it.skipIf(requireOrSkip(driver, reason) !== null)(
    `has the outcomes that it tells of${reason === null ? '' : `: ${reason}`}`,
    async () => {
      await using _lock = await machineLock();
      await using place = await make();
      const told = await walkThrough(driver, place.path);
      expect(told).toMatch(/Every outcome was as it should be\.\s*$/);
      expect(told.match(/It is so: /g)).toHaveLength(17);
      const page = readFileSync(new URL('../../docs/walkthrough.md', import.meta.url), 'utf8');
      if (page.includes(`# On ${driver}\n`)) expect(withoutValues(page)).toContain(withoutValues(told).trimEnd());
    },
  );
});
