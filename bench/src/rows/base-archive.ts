import { createReadStream, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isStorageError } from '@graphdriver/core';
import { commandExists, makeDirectory, removeTree, run, STREAM_PIECE } from '@graphdriver/host';
import { type ImageFile, warmFiles, writeFiles } from '../bench-image.ts';
import { formatBytes } from '../format-units.ts';
import { seededRandom } from '../seeded-random.ts';

/** The archive of a root file system in a file, which lies in the page cache. */
export interface BaseArchive {
  readonly path: string;
  /** A sentence about what it is. */
  readonly fact: string;
  open(): AsyncIterable<Uint8Array>;
}

/** What {@link makeBaseArchive} makes it of. */
export interface BaseArchiveOptions {
  /** An existing, empty directory. */
  readonly directory: string;
  /** An archive that is there already, to be used as it is. */
  readonly given?: string;
  /** Makes a Debian root where the host can, which takes some 20 s and a mirror; else files are generated at once. */
  readonly debian: boolean;
  readonly bytes: number;
  readonly files: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

const DEBIAN_TIMEOUT = 120_000;

/** Takes the given archive, or makes a Debian root, or generates a tree like one. */
export async function makeBaseArchive(options: BaseArchiveOptions): Promise<BaseArchive> {
  const { given, directory } = options;
  if (given !== undefined) return warmed(given, `The archive is ${basename(given)}`);
  const path = `${directory}/base.tar`;
  const refusal = options.debian ? await bootstrapDebian(path, options) : 'it was not asked for';
  if (refusal === undefined) return warmed(path, 'The archive is a Debian 12 root (mmdebstrap, minbase)');
  await generate(path, options);
  return warmed(path, `The archive is ${options.files} generated files; a Debian root was not used: ${refusal}`);
}

async function warmed(path: string, origin: string): Promise<BaseArchive> {
  const { size } = statSync(path);
  await warmFiles(dirname(path), [{ path: basename(path), size }]);
  return {
    path,
    fact: `${origin}, ${formatBytes(size)} of tar.`,
    open: () => createReadStream(path, { highWaterMark: STREAM_PIECE }),
  };
}

/** Returns why there is no Debian root, or `undefined` where there is one. */
async function bootstrapDebian(path: string, { directory, signal }: BaseArchiveOptions): Promise<string | undefined> {
  if (!commandExists('mmdebstrap')) return 'there is no command mmdebstrap';
  try {
    await run('mmdebstrap', ['--variant=minbase', '--mode=root', 'bookworm', path], {
      signal,
      timeout: DEBIAN_TIMEOUT,
      env: { TMPDIR: directory },
    });
    return undefined;
  } catch (error) {
    if (signal.aborted || !isStorageError(error)) throw error;
    await removeTree(path);
    return 'mmdebstrap failed, as it does without a mirror';
  }
}

/** Half of the files are below 4 KiB and a few make up most of the bytes, as in any root; one directory for 10 files. */
async function generate(path: string, options: BaseArchiveOptions): Promise<void> {
  const { directory, files, bytes, seed, signal } = options;
  const root = `${directory}/tree`;
  makeDirectory(root);
  const random = seededRandom(seed);
  const weights = Array.from({ length: files }, () => random() ** 8 + 0.002);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const plan = weights.map((weight, number): ImageFile => {
    const place = Math.floor(number / 10);
    return { path: `usr/share/${place % 37}/${place}/file-${number}`, size: Math.floor((weight / sum) * bytes) };
  });
  await writeFiles(root, plan, { seed, signal });
  await run('tar', ['--format=posix', '--numeric-owner', '-C', root, '-cf', path, '.'], { signal, timeout: 0 });
  await removeTree(root);
}
