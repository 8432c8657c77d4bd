import { type Driver, StorageError } from '@graphdriver/core';
import { createMounter, makeDirectory, removeTree, syncFilesystem } from '@graphdriver/host';
import { type ImageFile, writeFiles } from '../bench-image.ts';
import { letGo } from '../let-go.ts';
import type { RowPlace } from './row-place.ts';
import type { RowStage } from './row-stage.ts';
import type { UnionPeer } from './union-peers.ts';

/** A container that is mounted. */
export interface UnionMount {
  readonly path: string;
  /** Unmounts it and removes what it has written. */
  release(): Promise<void>;
}

/** One way to mount an image. */
export interface UnionSide {
  /** Mounts a container of its own, which has written nothing yet. */
  mount(): Promise<UnionMount>;
  /** The one container of this side that stays mounted until the end, made by whoever asks first. */
  lasting(): Promise<UnionMount>;
}

/** What is in each layer of an image, the bottom one first. */
export type UnionImage = readonly (readonly ImageFile[])[];

/** An image, and the two ways to mount it: both read the very same directories. Disposing of it leaves nothing mounted. */
export interface UnionBed extends AsyncDisposable {
  readonly ours: UnionSide;
  readonly theirs: UnionSide;
  /** The file system that both write to. */
  readonly directory: string;
}

/** Our side of {@link UnionBed} without another. */
export type LoneBed = Omit<UnionBed, 'theirs'>;

/** Makes an image of the driver aufs, to be mounted by it and by a peer. Leaves nothing mounted when it fails. */
export async function unionBed(
  place: RowPlace,
  peer: UnionPeer,
  image: UnionImage,
  stage: RowStage,
): Promise<UnionBed> {
  const bed = await loneBed(place, image, { ...stage, volatile: peer.volatile });
  try {
    const theirs = peerSide(peer, `${place.path}/${peer.name}`, await bed.lowers());
    return {
      ...bed,
      theirs,
      async [Symbol.asyncDispose]() {
        await theirs.end();
        await bed[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await bed[Symbol.asyncDispose]();
    throw error;
  }
}

/** {@link unionBed} for what has no reference. */
export async function loneBed(
  place: RowPlace,
  image: UnionImage,
  options: Pick<RowStage, 'seed' | 'signal'> & { readonly volatile: boolean },
): Promise<LoneBed & { lowers(): Promise<readonly string[]> }> {
  const { aufs } = await import('@graphdriver/driver-aufs');
  const driver = await aufs.open({ root: `${place.path}/root` });
  try {
    const layers = await buildLayers(driver, image, options);
    const ours = driverSide(driver, layers.at(-1) ?? '', options.volatile);
    return {
      ours,
      directory: place.path,
      lowers: () => Promise.all(layers.toReversed().map((id) => directoryOf(driver, id))),
      async [Symbol.asyncDispose]() {
        await ours.end();
        for (const id of layers.toReversed()) await driver.remove(id);
        await driver.close();
      },
    };
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** Writes each layer's files where the driver keeps them, so that all the layers are there in seconds. */
async function buildLayers(
  driver: Driver,
  image: UnionImage,
  options: Pick<RowStage, 'seed' | 'signal'>,
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const [number, files] of image.entries()) {
    const id = `image-${String(number).padStart(3, '0')}`;
    const parent = made.at(-1);
    await driver.create(id, parent === undefined ? {} : { parent });
    made.push(id);
    await writeFiles(await directoryOf(driver, id), files, options);
    await driver.commit(id);
  }
  return made;
}

async function directoryOf(driver: Driver, id: string): Promise<string> {
  const { DiffDir: directory } = await driver.metadata(id);
  if (directory !== undefined) return directory;
  throw new StorageError('UNSUPPORTED', `The driver ${driver.name} does not say where layer ${id} is.`);
}

/** A side, and the end of all that it has mounted, so that nothing stays where a row fails. */
interface KeptSide extends UnionSide {
  end(): Promise<void>;
}

function keptSide(mountAs: (name: string) => Promise<UnionMount>): KeptSide {
  const open = new Set<UnionMount>();
  let made = 0;
  let lasting: Promise<UnionMount> | undefined;
  const mount = async (): Promise<UnionMount> => {
    made += 1;
    const { path, release } = await mountAs(`container-${made}`);
    const kept: UnionMount = {
      path,
      release: async () => {
        if (open.delete(kept)) await release();
      },
    };
    open.add(kept);
    return kept;
  };
  return {
    mount,
    lasting: () => {
      lasting ??= mount();
      return lasting;
    },
    async end() {
      for (const kept of open) await kept.release();
    },
  };
}

function driverSide(driver: Driver, parent: string, volatile: boolean): KeptSide {
  return keptSide(async (id) => {
    await driver.create(id, { parent });
    const mount = await driver.get(id, { volatile });
    return {
      path: mount.path,
      release: async () => {
        await letGo(mount);
        await driver.remove(id);
      },
    };
  });
}

function peerSide(peer: UnionPeer, directory: string, lowers: readonly string[]): KeptSide {
  makeDirectory(directory);
  return keptSide(async (name) => {
    const own = `${directory}/${name}`;
    const [upper, work, target] = [`${own}/upper`, `${own}/work`, `${own}/merged`];
    for (const path of [own, upper, work, target]) makeDirectory(path);
    await peer.mount({ lowers, upper, work, target });
    return {
      path: target,
      release: async () => {
        await createMounter().unmount(target);
        await removeTree(own);
      },
    };
  });
}

/** Lets nothing that was written before slow down what is measured next. */
export async function settle({ directory }: Pick<UnionBed, 'directory'>): Promise<void> {
  await syncFilesystem(directory);
}
