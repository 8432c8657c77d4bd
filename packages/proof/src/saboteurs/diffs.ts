import type { TarEntry } from '@graphdriver/archive';
import { isStorageError } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { allEntries, changedDiffs, collected, type EntryChange, eachEntry, once } from '../tamper/archives.ts';
import { layerDirectory, pathsUnder } from '../tamper/layer-directory.ts';

const SECOND = 1_000_000_000n;

/** Drivers whose archives do not say what the layer has. */
export const diffSaboteurs: readonly Saboteur[] = [
  writer('diff-forgets-deletions', 'Archives have no whiteouts.', {
    trips: ['diff/deletions-travel-as-whiteouts', 'diff/deleted-directories', 'diff/recreated-directories'],
    spares: ['diff/metadata-alone', 'archive/keeps-modes'],
    change: eachEntry((entry) => (isWhiteout(entry) ? null : entry)),
  }),
  writer('diff-writes-opaque-markers', 'Archives hide a changed directory whole and bring all that is left of it.', {
    trips: ['diff/deletions-travel-as-whiteouts', 'diff/recreated-directories'],
    spares: ['diff/metadata-alone', 'archive/keeps-modes'],
    change: allEntries((entries) =>
      entries.flatMap((entry) => {
        const inside = entries.filter(({ path }) => path.startsWith(`${entry.path}/`));
        if (entry.type !== 'directory' || !inside.some(isWhiteout)) return [entry];
        return [entry, { ...entry, type: 'file', path: `${entry.path}/.wh..wh..opq` }];
      }),
    ),
  }),
  writer('diff-loses-attributes', 'Archives have no extended attributes.', {
    trips: ['diff/metadata-alone', 'archive/keeps-attributes', 'archive/keeps-everything-in-a-chain'],
    spares: ['archive/keeps-modes', 'archive/keeps-hard-links'],
    change: eachEntry((entry) => ({ ...entry, xattrs: new Map() })),
  }),
  writer('diff-cuts-times-to-seconds', 'Archives have times of whole seconds.', {
    trips: ['archive/keeps-times', 'diff/renamed-files', 'oracle/diffs-equal-those-of-plain-directories'],
    spares: ['diff/deletions-travel-as-whiteouts', 'diff/of-an-untouched-layer'],
    change: eachEntry((entry) => ({ ...entry, mtime: (entry.mtime / SECOND) * SECOND })),
  }),
  writer('diff-writes-the-time-of-day', 'Whiteouts bear the time at which they were written.', {
    trips: [
      'diff/the-same-change-gives-the-same-bytes',
      'diff/deleted-directories',
      'diff/of-a-committed-layer-is-that-of-the-writable-one',
    ],
    spares: ['diff/deletions-travel-as-whiteouts', 'diff/metadata-alone'],
    change: eachEntry((entry) => (isWhiteout(entry) ? { ...entry, mtime: process.hrtime.bigint() } : entry)),
  }),
  writer('diff-copies-hard-links', 'Every name of a file is written as a file of its own.', {
    trips: ['archive/keeps-hard-links', 'diff/a-name-joining-a-lower-file'],
    spares: ['archive/keeps-modes', 'diff/renamed-files'],
    change: allEntries((entries) =>
      entries.map((entry) => {
        const first = entries.find(({ path }) => path === entry.linkTarget);
        return entry.type === 'hardlink' && first !== undefined ? { ...first, path: entry.path } : entry;
      }),
    ),
  }),
  writer('diff-skips-special-files', 'Devices and fifos are not in the archive.', {
    trips: ['archive/keeps-special-files', 'diff/special-files'],
    spares: ['archive/keeps-modes', 'diff/metadata-alone'],
    change: eachEntry((entry) => (['character', 'block', 'fifo'].includes(entry.type) ? null : entry)),
  }),
  writer('diff-mends-names', 'Bytes of a name that are not UTF-8 are replaced.', {
    trips: ['archive/keeps-names', 'diff/names-of-any-bytes'],
    spares: ['archive/keeps-long-paths-and-links', 'diff/paths-in-byte-order'],
    change: eachEntry((entry) => ({
      ...entry,
      path: Buffer.from(Buffer.from(entry.path, 'latin1').toString()).toString('latin1'),
    })),
  }),
  writer('diff-cuts-long-links', 'Targets of symbolic links are cut at 255 bytes.', {
    trips: ['archive/keeps-long-paths-and-links', 'archive/keeps-everything-in-a-chain'],
    spares: ['archive/keeps-names', 'archive/keeps-hard-links'],
    change: eachEntry((entry) =>
      entry.type === 'symlink' ? { ...entry, linkTarget: entry.linkTarget.slice(0, 255) } : entry,
    ),
  }),
  writer('diff-skips-empty-files', 'Files without content are not in the archive.', {
    trips: ['archive/keeps-file-sizes', 'diff/untouched-and-merely-opened-files'],
    spares: ['archive/keeps-modes', 'diff/metadata-alone'],
    change: eachEntry((entry) => (entry.type === 'file' && entry.size === 0 && !isWhiteout(entry) ? null : entry)),
  }),
  writer('diff-fills-holes', 'Sparse files are written with their holes filled.', {
    trips: ['archive/keeps-sparse-files', 'archive/keeps-a-huge-sparse-file'],
    spares: ['archive/keeps-file-sizes', 'archive/keeps-modes'],
    change: eachEntry((entry) =>
      entry.segments === null ? entry : { ...entry, segments: null, content: filled(entry) },
    ),
  }),
  onReference({
    name: 'diff-keeps-quiet-about-real-whiteout-names',
    defect: 'An archive simply ends where a file cannot be represented.',
    trips: ['diff/names-that-mean-a-whiteout-are-refused'],
    spares: ['diff/deletions-travel-as-whiteouts'],
    methods: (driver) => ({
      diff: async function* (id, options) {
        try {
          yield* driver.diff(id, options);
        } catch (error) {
          if (!isStorageError(error, 'UNREPRESENTABLE')) throw error;
        }
      },
    }),
  }),
  onReference({
    name: 'sockets-become-fifos',
    defect: 'A socket is written into the archive as a fifo, as a copy by mknod makes it.',
    trips: ['diff/sockets-are-left-out'],
    spares: ['archive/keeps-special-files', 'diff/special-files'],
    methods: (driver) => ({
      diff: async function* (id, options) {
        const directory = await layerDirectory(driver, id);
        const sockets = pathsUnder(directory, (entry) => entry.isSocket()).map((path) =>
          path.slice(directory.length + 1),
        );
        yield* changedDiffs(driver, added(sockets))(id, options);
      },
    }),
  }),
  onReference({
    name: 'diff-holds-nothing',
    defect: 'A layer can be removed while its diff is read.',
    trips: ['diff/holds-the-layer-until-it-ends'],
    spares: ['diff/renamed-files', 'diff/of-an-untouched-layer'],
    methods: (driver) => ({
      diff: async function* (id, options) {
        yield* inPieces(await collected(driver.diff(id, options)));
      },
    }),
  }),
  onReference({
    name: 'diff-cannot-be-aborted',
    defect: 'A diff that has begun goes on to its end, whatever its signal says.',
    trips: ['diff/can-be-aborted'],
    spares: ['diff/holds-the-layer-until-it-ends', 'diff/renamed-files'],
    methods: (driver) => ({
      diff: (id, { signal: _, ...options } = {}) => driver.diff(id, options),
    }),
  }),
];

interface WriterPlan {
  readonly trips: readonly string[];
  readonly spares: readonly string[];
  readonly change: EntryChange;
}

function writer(name: string, defect: string, { change, ...plan }: WriterPlan): Saboteur {
  return onReference({ name, defect, ...plan, methods: (driver) => ({ diff: changedDiffs(driver, change) }) });
}

function isWhiteout({ path }: TarEntry): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith('.wh.');
}

async function* filled(entry: TarEntry): AsyncGenerator<Uint8Array> {
  const data: Uint8Array[] = [];
  for await (const chunk of entry.content) data.push(Buffer.from(chunk));
  const bytes = Buffer.concat(data);
  const whole = Buffer.alloc(entry.size);
  let used = 0;
  for (const { offset, length } of entry.segments ?? []) {
    bytes.copy(whole, offset, used, used + length);
    used += length;
  }
  yield* once(whole);
}

function added(names: readonly string[]): EntryChange {
  return async function* (entries) {
    yield* entries;
    const looks = {
      mode: 0o755,
      uid: 0,
      gid: 0,
      size: 0,
      mtime: 0n,
      linkTarget: '',
      rdev: 0,
      xattrs: new Map<string, Buffer>(),
    };
    for (const path of names) yield { ...looks, path, type: 'fifo', segments: null, content: [] };
  };
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += 65_536) yield bytes.subarray(offset, offset + 65_536);
}
