import { constants, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeFile, isErrno, openFile, removeDirectory, unlinkFile, writeBytes } from '@graphdriver/host';
import { readSegments } from './read-file.ts';

const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** `O_TMPFILE` of Linux 3.11, which holds `O_DIRECTORY`. */
const UNNAMED_FILE = constants.O_RDWR | 0o20200000;

/** Bytes that are kept on disk for a while. The file has no name, so that it is gone with the process, however that ends. */
export class SpoolFile implements Disposable {
  readonly #fd: number;
  #size = 0;

  /** Takes everything in. */
  static async of(bytes: AsyncIterable<Uint8Array>): Promise<SpoolFile> {
    const file = new SpoolFile();
    try {
      for await (const chunk of bytes) file.#size += writeBytes(file.#fd, chunk);
      return file;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  private constructor() {
    this.#fd = openUnnamed(tmpdir());
  }

  /** Everything, from the first byte to the last. */
  read(): AsyncIterable<Uint8Array> {
    return readSegments(this.#fd, [{ offset: 0, length: this.#size }]);
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}

function openUnnamed(directory: string): number {
  try {
    return openFile(directory, UNNAMED_FILE, 0o600);
  } catch (error) {
    // What the file system answers that knows no such files.
    if (!isErrno(error, 'EOPNOTSUPP', 'ENOTSUP', 'EISDIR')) throw error;
    return openAndUnlink(directory);
  }
}

function openAndUnlink(directory: string): number {
  const folder = mkdtempSync(join(directory, 'graphdriver-'));
  const path = join(folder, 'spool');
  const fd = openFile(path, NEW_FILE, 0o600);
  unlinkFile(path);
  removeDirectory(folder);
  return fd;
}
