import { closeFile, createFile, writeBytes } from '@graphdriver/host';

/** Makes a file with a text, in a directory that is there. */
export function writeText(path: string, text: string): void {
  const fd = createFile(path, 0o644);
  try {
    writeBytes(fd, Buffer.from(text));
  } finally {
    closeFile(fd);
  }
}
