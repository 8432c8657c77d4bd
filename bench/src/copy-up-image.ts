import { type TarEntry, writeTar } from '@graphdriver/archive';
import type { Driver } from '@graphdriver/core';
import { makeHardLink } from '@graphdriver/host';
import { type CopyUpCase, exactBytes, type Placement } from './bench-case.ts';
import { type ImageFile, makeParents, writeFiles } from './bench-image.ts';
import { letGo } from './let-go.ts';

/** A file that copy_up is measured on. */
export interface CopyUpFile extends Pick<CopyUpCase, 'size' | 'directories'> {
  /** Only a block at either end is written. */
  readonly sparse?: boolean;
  /** Tells files of one size in one directory apart. The first has none. */
  readonly copy?: number;
}

/**
 * What the layers hold that a group of copy_up cases shares: all their files in one bottom layer, and on top of it a chain of layers
 * for either placement. A container of a case stands on the layer of the chain that makes as many layers as the case wants.
 */
export interface CopyUpImageShape {
  readonly files: readonly CopyUpFile[];
  /** The length of each chain, the bottom layer counted; 1 where nobody needs more than that. */
  readonly chains: Readonly<Record<Placement, number>>;
}

/** The built layers. Disposing of them removes them. */
export interface CopyUpImage extends AsyncDisposable {
  /** The layer that a container of the case is created on. */
  layerUnder(of: Pick<CopyUpCase, 'layers' | 'placement'>): string;
}

const PLACEMENTS: readonly Placement[] = ['home', 'every'];
/** What the upper layers hold looks alike in all of them, whenever they are made. */
const MADE_AT = 1_600_000_000_000_000_000n;

/** Where a file lies in the view of a container, and in the plain directory. */
export function copyUpPath({ directories, ...file }: CopyUpFile): string {
  return `${'directory/'.repeat(directories)}${fileName(file)}`;
}

function fileName({ size, sparse = false, copy }: Omit<CopyUpFile, 'directories'>): string {
  return `file-${exactBytes(size)}${sparse ? '-sparse' : ''}${copy === undefined ? '' : `-copy-${copy}`}`;
}

/** A file as one of an image to be built. */
export function imageFileOf(file: CopyUpFile): ImageFile {
  return { path: copyUpPath(file), size: file.size, ...(file.sparse === true ? { sparse: true } : {}) };
}

/**
 * Builds the layers by the contract's calls alone: the bottom one through a mount, the others from small archives, which takes a third
 * of the time because nothing is mounted. Every layer on top has one small file of its own.
 * Leaves nothing behind when it fails.
 */
export async function buildCopyUpImage(
  driver: Driver,
  shape: CopyUpImageShape,
  options: { readonly seed: number; readonly signal: AbortSignal },
): Promise<CopyUpImage> {
  const { signal } = options;
  const made: string[] = [];
  const dispose = async (): Promise<void> => {
    for (let id = made.pop(); id !== undefined; id = made.pop()) await driver.remove(id);
  };
  const add = async (id: string, parent: string | undefined, fill: () => Promise<unknown>): Promise<void> => {
    await driver.create(id, { ...(parent === undefined ? {} : { parent }), signal });
    made.push(id);
    await fill();
    await driver.commit(id, { signal });
  };
  try {
    await add(layerId('home', 1), undefined, async () => {
      const mount = await driver.get(layerId('home', 1), { signal });
      try {
        await writeFiles(mount.path, shape.files.map(imageFileOf), options);
      } finally {
        await letGo(mount);
      }
    });
    const depth = Math.max(0, ...shape.files.map(({ directories }) => directories));
    for (const placement of PLACEMENTS) {
      for (let number = 2; number <= shape.chains[placement]; number += 1) {
        const id = layerId(placement, number);
        const archive = writeTar(upperEntries(number, placement === 'every' ? depth : 0));
        await add(id, layerId(placement, number - 1), () => driver.applyDiff(id, archive, { signal }));
      }
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { layerUnder: ({ layers, placement }) => layerId(placement, layers), [Symbol.asyncDispose]: dispose };
}

/**
 * Writes the files of a shape into a plain directory. Those of one name are one file there, in whatever directories, because nothing
 * but the way to it tells them apart and they are never written to at once.
 */
export async function writePlainFiles(
  root: string,
  files: readonly CopyUpFile[],
  options: { readonly seed: number; readonly signal: AbortSignal },
): Promise<void> {
  const first = new Map<string, CopyUpFile>();
  for (const file of files) if (!first.has(fileName(file))) first.set(fileName(file), file);
  const known = new Set<string>();
  await writeFiles(root, [...first.values()].map(imageFileOf), options, known);
  for (const file of files) {
    const written = first.get(fileName(file));
    if (written === undefined || written === file) continue;
    makeParents(root, copyUpPath(file), known);
    makeHardLink(`${root}/${copyUpPath(written)}`, `${root}/${copyUpPath(file)}`);
  }
}

/** The bottom layer belongs to both chains. */
function layerId(placement: Placement, number: number): string {
  return number === 1 ? 'image-bottom' : `image-${placement}-${String(number).padStart(3, '0')}`;
}

function upperEntries(number: number, directories: number): TarEntry[] {
  const above = Array.from({ length: directories }, (_, index) =>
    entry('directory', 'directory/'.repeat(index + 1).slice(0, -1), Buffer.alloc(0)),
  );
  return [...above, entry('file', `layer-${number}`, Buffer.from(`The own file of layer ${number}.\n`))];
}

function entry(type: 'directory' | 'file', path: string, content: Buffer): TarEntry {
  return {
    path,
    type,
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: MADE_AT,
    linkTarget: '',
    rdev: 0,
    xattrs: new Map(),
    segments: null,
    content: [content],
  };
}
