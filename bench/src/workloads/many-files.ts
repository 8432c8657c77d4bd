import type { ImageFile } from '../bench-image.ts';

const FILES_PER_DIRECTORY = 32;

/** An image of many files of one size, 32 in each directory. */
export function manyFiles(of: { readonly files: number; readonly fileSize: number }): ImageFile[] {
  return Array.from({ length: of.files }, (_, number): ImageFile => {
    return { path: `directory-${Math.floor(number / FILES_PER_DIRECTORY)}/file-${number}`, size: of.fileSize };
  });
}
