import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Driver, isStorageError, type LayerFile } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';
import { layerDirectory } from '../tamper/layer-directory.ts';

/** Drivers that open something else than the file that was asked for. */
export const layerFileSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'open-file-forgets-set-id-bits',
    defect: 'The mode of an opened file has only the permission bits.',
    trips: ['file/content-size-and-mode'],
    spares: ['file/large-and-sparse-content'],
    methods: (driver) => ({
      openLayerFile: changedFiles(driver, (file) => overridden(file, { mode: file.mode & 0o777 })),
    }),
  }),
  onReference({
    name: 'open-file-reads-one-chunk',
    defect: 'Only the first 64 KiB of a file can be read.',
    trips: ['file/large-and-sparse-content'],
    spares: ['file/content-size-and-mode'],
    methods: (driver) => ({
      openLayerFile: changedFiles(driver, (file) =>
        overridden(file, {
          content: async function* () {
            for await (const chunk of file.content()) {
              yield chunk.subarray(0, 65_536);
              return;
            }
          },
        }),
      ),
    }),
  }),
  onReference({
    name: 'open-file-follows-links',
    defect: 'Symbolic links in a path are followed, as the host does.',
    trips: ['file/links-are-not-followed'],
    spares: ['file/content-size-and-mode', 'file/nothing-outside-can-be-opened'],
    methods: (driver) => ({
      openLayerFile: (id, path, options) =>
        driver.openLayerFile(id, path, options).catch(async (error: unknown) => {
          if (!isStorageError(error, 'FILE_NOT_FOUND') || String(path).includes('..')) throw error;
          return hostFile(join(await layerDirectory(driver, id), String(path)), error);
        }),
    }),
  }),
  onReference({
    name: 'open-file-climbs-out',
    defect: 'A path with `..` in it leads out of the layer.',
    trips: ['file/nothing-outside-can-be-opened'],
    spares: ['file/links-are-not-followed', 'file/what-is-no-file-is-not-found'],
    methods: (driver) => ({
      openLayerFile: async (id, path, options) => {
        if (!String(path).includes('..')) return driver.openLayerFile(id, path, options);
        return hostFile(join(await layerDirectory(driver, id), String(path)), new Error('There is no such file.'));
      },
    }),
  }),
  onReference({
    name: 'open-file-takes-anything-for-an-empty-file',
    defect: 'What is not a regular file is opened as an empty one.',
    trips: ['file/what-is-no-file-is-not-found', 'file/links-are-not-followed'],
    spares: ['file/content-size-and-mode', 'file/large-and-sparse-content'],
    methods: (driver) => ({
      openLayerFile: (id, path, options) =>
        driver.openLayerFile(id, path, options).catch((error: unknown) => {
          if (!isStorageError(error, 'FILE_NOT_FOUND') || String(path).includes('..')) throw error;
          return hostFile('/dev/null', error);
        }),
    }),
  }),
  onReference({
    name: 'open-file-takes-paths-for-text',
    defect: 'The bytes of a path are read as UTF-8.',
    trips: ['file/paths-of-any-bytes'],
    spares: ['file/content-size-and-mode'],
    methods: (driver) => ({
      openLayerFile: (id, path, options) =>
        driver.openLayerFile(id, typeof path === 'string' ? path : Buffer.from(path).toString(), options),
    }),
  }),
];

function changedFiles(driver: Driver, change: (file: LayerFile) => LayerFile): Driver['openLayerFile'] {
  return async (id, path, options) => change(await driver.openLayerFile(id, path, options));
}

/** A file of the host, as if it were one of a layer. @throws `otherwise` where there is none. */
function hostFile(path: string, otherwise: Error): LayerFile {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw otherwise;
  const close = async (): Promise<void> => undefined;
  const { size, mode } = stats;
  return { size, mode: mode & 0o7777, content: () => createReadStream(path), close, [Symbol.asyncDispose]: close };
}
