import { constants, createReadStream, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { STREAM_PIECE } from '@graphdriver/host';
import type { ImageSource } from './image-source.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The files of an image in a folder. Symbolic links in it are not followed: they could lead anywhere. */
export function folderSource(folder: string): ImageSource {
  return {
    size(name) {
      const parts = name.split('/');
      if (!parts.every((part) => NAME.test(part))) return undefined;
      for (let depth = 1; depth < parts.length; depth++) {
        const above = lstatSync(join(folder, ...parts.slice(0, depth)), { throwIfNoEntry: false });
        if (above?.isDirectory() !== true) return undefined;
      }
      const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
      return stats?.isFile() === true ? stats.size : undefined;
    },
    open: (name) => createReadStream(join(folder, name), { highWaterMark: STREAM_PIECE, flags: READ_FLAGS }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

// A number is what Node takes here although its types ask for a string's name.
const READ_FLAGS = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string;
