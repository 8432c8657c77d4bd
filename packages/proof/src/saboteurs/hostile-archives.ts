import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTar, type TarEntry, writeTar } from '@graphdriver/archive';
import { isStorageError } from '@graphdriver/core';
import { run } from '@graphdriver/host';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { collected, contentOf, once } from '../tamper/archives.ts';
import { silently } from './archives.ts';

const HOSTILE = [
  'dot-dot-names-are-refused',
  'absolute-names-are-refused',
  'links-in-the-archive-are-not-followed',
  'links-of-lower-layers-are-not-followed',
  'links-of-the-layer-itself-are-not-followed',
  'hard-links-out-are-refused',
  'reserved-whiteout-names-are-refused',
  'driver-private-attributes-are-refused',
  'names-that-no-file-can-have-are-refused',
  'broken-numbers-are-refused',
  'truncated-archives-are-refused',
  'junk-is-refused',
].map((words) => `archive/${words}`);

/** Drivers that trust archives. */
export const hostileArchiveSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'apply-swallows-invalid-archives',
    defect: 'An archive that cannot be unpacked is passed over without a word.',
    trips: HOSTILE,
    spares: ['archive/whiteouts-delete-what-is-below', 'archive/can-be-aborted'],
    methods: (driver) => ({ applyDiff: silently(driver, ['INVALID_ARCHIVE']) }),
  }),
  onReference({
    name: 'apply-leaves-half-an-archive',
    defect: 'What came before the place where an archive is wrong stays in the layer.',
    trips: HOSTILE.filter((id) => !id.includes('junk')),
    spares: ['archive/keeps-modes', 'archive/committed-and-held-layers-take-none'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const bytes = await collected(archive);
        try {
          return await driver.applyDiff(id, once(bytes), options);
        } catch (error) {
          if (isStorageError(error, 'INVALID_ARCHIVE'))
            await driver.applyDiff(id, writeTar((await readableEntries(bytes)).slice(0, 2)));
          throw error;
        }
      },
    }),
  }),
  onReference({
    name: 'apply-follows-links',
    defect: 'A hostile archive is refused, but only after a program has unpacked it that follows symbolic links.',
    trips: ['archive/links-of-lower-layers-are-not-followed', 'archive/links-of-the-layer-itself-are-not-followed'],
    spares: ['archive/keeps-modes', 'archive/whiteouts-delete-what-is-below'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const bytes = await collected(archive);
        try {
          return await driver.applyDiff(id, once(bytes), options);
        } catch (error) {
          if (!isStorageError(error, 'INVALID_ARCHIVE')) throw error;
          await using mount = await driver.get(id);
          await run('tar', ['-x', '-C', mount.path], { input: bytes, okExitCodes: [0, 1, 2] });
          throw error;
        }
      },
    }),
  }),
  onReference({
    name: 'apply-writes-outside-before-it-refuses',
    defect: 'A hostile archive is refused, but what its first symbolic link points to has been written into by then.',
    trips: ['archive/links-in-the-archive-are-not-followed', 'archive/hard-links-out-are-refused'],
    spares: ['archive/keeps-modes', 'archive/junk-is-refused'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const bytes = await collected(archive);
        try {
          return await driver.applyDiff(id, once(bytes), options);
        } catch (error) {
          const outside = (await readableEntries(bytes)).find(({ type }) => type === 'symlink')?.linkTarget;
          if (outside?.startsWith('/') === true) writeFileSync(join(outside, 'escaped'), 'x');
          throw error;
        }
      },
    }),
  }),
];

/** The entries of an archive, as far as it can be read. */
async function readableEntries(bytes: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  try {
    for await (const entry of readTar(once(bytes))) entries.push({ ...entry, content: [await contentOf(entry)] });
  } catch {
    // From here on it cannot be read.
  }
  return entries;
}
