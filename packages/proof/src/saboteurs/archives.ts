import { existsSync, lstatSync } from 'node:fs';
import type { TarEntry } from '@graphdriver/archive';
import { type Driver, isStorageError, StorageError } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import {
  allEntries,
  changedInput,
  collected,
  type EntryChange,
  eachEntry,
  once,
  withoutRawEntries,
} from '../tamper/archives.ts';
import { layerDirectory } from '../tamper/layer-directory.ts';

/** Drivers that make something else of an archive than it says. */
export const archiveSaboteurs: readonly Saboteur[] = [
  reader('apply-masks-set-id-bits', 'Set-id and sticky bits of an archive are left out.', {
    trips: ['archive/keeps-modes', 'archive/keeps-everything-in-a-chain'],
    spares: ['archive/keeps-owners', 'archive/whiteouts-delete-what-is-below'],
    change: eachEntry((entry) => ({ ...entry, mode: entry.mode & 0o777 })),
  }),
  reader('apply-keeps-sixteen-bits-of-owners', 'Owners of an archive are cut to 16 bits.', {
    trips: ['archive/keeps-owners', 'diff/metadata-alone'],
    spares: ['archive/keeps-modes', 'archive/keeps-times'],
    change: eachEntry((entry) => ({ ...entry, uid: entry.uid % 65_536, gid: entry.gid % 65_536 })),
  }),
  reader('apply-forgets-access-control-lists', 'Access control lists of an archive are left out.', {
    trips: ['archive/keeps-access-control-lists', 'archive/keeps-everything-in-a-chain'],
    spares: ['archive/keeps-attributes', 'archive/keeps-file-capabilities'],
    change: eachEntry((entry) => withAttributes(entry, (name) => !name.startsWith('system.posix_acl'))),
  }),
  reader('apply-changes-owners-last', 'File capabilities are lost because the owner is set after them.', {
    trips: ['archive/keeps-file-capabilities'],
    spares: ['archive/keeps-attributes', 'archive/keeps-access-control-lists'],
    change: eachEntry((entry) =>
      entry.uid === 0 ? entry : withAttributes(entry, (name) => name !== 'security.capability'),
    ),
  }),
  reader('apply-ignores-whiteouts', 'Whiteouts of an archive delete nothing.', {
    trips: ['archive/whiteouts-delete-what-is-below', 'diff/deleted-directories', 'archive/several-archives-add-up'],
    spares: ['archive/opaque-markers-hide-what-is-below', 'archive/keeps-modes'],
    change: eachEntry((entry) => (isWhiteout(entry) && !isOpaque(entry) ? null : entry)),
  }),
  reader('apply-ignores-opaque-markers', 'Opaque markers of an archive hide nothing.', {
    trips: ['archive/opaque-markers-hide-what-is-below'],
    spares: ['archive/whiteouts-delete-what-is-below', 'diff/recreated-directories'],
    change: eachEntry((entry) => (isOpaque(entry) ? null : entry)),
  }),
  reader('apply-obeys-whiteouts-in-order', 'A whiteout also deletes what came before it in the same archive.', {
    trips: ['archive/whiteouts-spare-their-own-archive'],
    spares: ['archive/whiteouts-delete-what-is-below', 'diff/deleted-directories'],
    change: allEntries((entries) =>
      entries.filter((entry, index) => !entries.slice(index).some((later) => hides(later, entry.path))),
    ),
  }),
  reader('apply-makes-parents-afresh', 'Directories that an archive only writes into become 0755.', {
    trips: ['archive/parents-that-it-does-not-bring-stay-as-they-are'],
    spares: ['archive/whiteouts-delete-what-is-below', 'archive/keeps-modes'],
    change: allEntries((entries) => {
      const [first] = entries;
      const missing = parentsOf(entries).filter((path) => !entries.some((entry) => entry.path === path));
      const plain = { type: 'directory' as const, mode: 0o755, uid: 0, gid: 0, size: 0, content: [], segments: null };
      return first === undefined
        ? []
        : [...missing.map((path) => ({ ...first, ...plain, path, linkTarget: '' })), ...entries];
    }),
  }),
  onReference({
    name: 'apply-keeps-what-is-there',
    defect: 'An entry does not replace what is there already and of another type.',
    trips: ['archive/entries-replace-what-is-below-whatever-it-is', 'diff/type-changes'],
    spares: ['archive/whiteouts-delete-what-is-below', 'diff/metadata-alone'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const directory = await layerDirectory(driver, id);
        const isOther = (entry: TarEntry): boolean =>
          entry.type === 'file' && isDirectory(`${directory}/${entry.path}`);
        return changedInput(
          driver,
          eachEntry((entry) => (isOther(entry) ? null : entry)),
        )(id, archive, options);
      },
    }),
  }),
  onReference({
    name: 'apply-links-only-inside-the-archive',
    defect: 'A hard link to a file that only the parent has is refused.',
    trips: ['archive/hard-links-reach-lower-files'],
    spares: ['archive/keeps-hard-links', 'diff/a-name-joining-a-lower-file'],
    methods: (driver) => ({
      applyDiff: changedInput(
        driver,
        allEntries((entries) =>
          entries.map((entry) => {
            const isKnown = entry.type !== 'hardlink' || entries.some(({ path }) => path === entry.linkTarget);
            return isKnown ? entry : { ...entry, linkTarget: 'a-name-that-is-nowhere' };
          }),
        ),
      ),
    }),
  }),
  onReference({
    name: 'apply-starts-afresh',
    defect: 'An archive replaces all that earlier archives had made in the layer.',
    trips: ['archive/several-archives-add-up'],
    spares: ['archive/keeps-modes', 'archive/gzip-is-taken'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const { parent, kind } = await driver.stat(id);
        if (kind === 'writable' && (await driver.holders(id)).length === 0) {
          await driver.remove(id);
          await driver.create(id, parent === null ? {} : { parent });
        }
        return driver.applyDiff(id, archive, options);
      },
    }),
  }),
  onReference({
    name: 'apply-wants-whole-blocks',
    defect: 'A chunk that ends inside a block loses its last bytes.',
    trips: ['archive/chunks-may-be-of-any-size', 'archive/gzip-is-taken'],
    spares: ['archive/keeps-modes', 'archive/whiteouts-delete-what-is-below'],
    methods: (driver) => ({
      applyDiff: (id, archive, options) => driver.applyDiff(id, wholeBlocks(archive), options),
    }),
  }),
  compressionSaboteur('gzip', '1f8b', 'archive/gzip-is-taken', 'archive/zstd-is-taken'),
  compressionSaboteur('zstd', '28b52ffd', 'archive/zstd-is-taken', 'archive/gzip-is-taken'),
  onReference({
    name: 'apply-stops-at-the-end-mark',
    defect: 'What follows the end mark of an archive is left unread.',
    trips: ['archive/is-read-to-its-end'],
    spares: ['archive/keeps-modes', 'archive/chunks-may-be-of-any-size'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of archive) {
          chunks.push(chunk);
          if (chunk.length >= 1024 && chunk.subarray(-1024).every((byte) => byte === 0)) break;
        }
        return driver.applyDiff(id, once(Buffer.concat(chunks)), options);
      },
    }),
  }),
  onReference({
    name: 'apply-knows-no-gnu-names',
    defect: "Long names in GNU's notation are passed over.",
    trips: ['archive/foreign-notations-are-understood'],
    spares: ['archive/keeps-names', 'archive/keeps-long-paths-and-links'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const isGnuName = (header: Buffer): boolean => 'LK'.includes(header.toString('latin1', 156, 157));
        return driver.applyDiff(
          id,
          once(withoutRawEntries(await collected(archive), (header) => !isGnuName(header))),
          options,
        );
      },
    }),
  }),
  onReference({
    name: 'apply-says-nothing-to-wrong-layers',
    defect: 'An archive for a committed or held layer is passed over without a word.',
    trips: ['archive/committed-and-held-layers-take-none'],
    spares: ['archive/keeps-modes', 'archive/junk-is-refused'],
    methods: (driver) => ({ applyDiff: silently(driver, ['LAYER_COMMITTED', 'LAYER_IN_USE']) }),
  }),
  onReference({
    name: 'apply-cannot-be-aborted',
    defect: 'An archive is unpacked to its end, whatever the signal says.',
    trips: ['archive/can-be-aborted'],
    spares: ['archive/keeps-modes', 'archive/is-read-to-its-end'],
    methods: (driver) => ({ applyDiff: (id, archive) => driver.applyDiff(id, archive) }),
  }),
];

interface ReaderPlan {
  readonly trips: readonly string[];
  readonly spares: readonly string[];
  readonly change: EntryChange;
}

function reader(name: string, defect: string, { change, ...plan }: ReaderPlan): Saboteur {
  return onReference({ name, defect, ...plan, methods: (driver) => ({ applyDiff: changedInput(driver, change) }) });
}

function compressionSaboteur(format: string, magic: string, trips: string, spares: string): Saboteur {
  return onReference({
    name: `apply-knows-no-${format}`,
    defect: `An archive compressed by ${format} is refused.`,
    trips: [trips],
    spares: [spares, 'archive/keeps-modes'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) => {
        const bytes = await collected(archive);
        if (!bytes.toString('hex').startsWith(magic)) return driver.applyDiff(id, once(bytes), options);
        throw new StorageError('INVALID_ARCHIVE', `This driver knows no ${format}.`);
      },
    }),
  });
}

/** An `applyDiff` that takes refusals with one of these codes for success. */
export function silently(driver: Driver, codes: readonly string[]): Driver['applyDiff'] {
  return (id, archive, options) =>
    driver.applyDiff(id, archive, options).catch((error: unknown) => {
      if (isStorageError(error) && codes.includes(error.code)) return { size: 0 };
      throw error;
    });
}

async function* wholeBlocks(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive) yield chunk.subarray(0, chunk.length - (chunk.length % 512));
}

function withAttributes(entry: TarEntry, wanted: (name: string) => boolean): TarEntry {
  return { ...entry, xattrs: new Map([...entry.xattrs].filter(([name]) => wanted(name))) };
}

function nameOf({ path }: TarEntry): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isWhiteout(entry: TarEntry): boolean {
  return nameOf(entry).startsWith('.wh.');
}

function isOpaque(entry: TarEntry): boolean {
  return nameOf(entry) === '.wh..wh..opq';
}

function hides(whiteout: TarEntry, path: string): boolean {
  if (!isWhiteout(whiteout) || isOpaque(whiteout)) return false;
  const hidden = whiteout.path.replace(/(^|\/)\.wh\.([^/]*)$/, '$1$2');
  return path === hidden || path.startsWith(`${hidden}/`);
}

function parentsOf(entries: readonly TarEntry[]): string[] {
  const parents = entries.flatMap(({ path }) => {
    const names = path.split('/').slice(0, -1);
    return names.map((_, index) => names.slice(0, index + 1).join('/'));
  });
  return [...new Set(parents)];
}

function isDirectory(path: string): boolean {
  return existsSync(path) && lstatSync(path).isDirectory();
}
