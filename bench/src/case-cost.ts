import type { Capabilities } from '@graphdriver/core';
import {
  type BenchCase,
  type ChainCase,
  type CopyUpCase,
  type GroundCase,
  type InsideCase,
  type InsideWork,
  isOnGround,
  type ManyCase,
} from './bench-case.ts';
import { SPARSE_BLOCK } from './bench-image.ts';
import type { CopyUpFile } from './copy-up-image.ts';
import { cellOf, groundFiles } from './ground-case.ts';
import { CHAIN_FILE, MANY_IMAGE } from './life-images.ts';
import { MEAN_FILE_SIZE, TREE_LAYERS } from './tree-image.ts';

const MEBIBYTE = 1024 * 1024;
/** Bytes that a two-core virtual machine writes to its disk in a millisecond, the sync after it included. */
const BYTES_PER_MILLISECOND = MEBIBYTE;
/** Layer, mount, syncs and removal of one container on a short chain. */
const CONTAINER_MILLISECONDS = 25;
/** One layer of a chain, where nobody has found out. */
const LAYER_MILLISECONDS = 9;
/** A container among many: its layer, mount and removal, without a sync of its own. */
const MANY_CONTAINER_MILLISECONDS = 8;
/** One file of a tree, made, copied or removed. */
const FILE_MILLISECONDS = 0.15;

/** What decides how much a driver copies in a place. */
export interface CopyTraits {
  readonly copyOnWrite: Capabilities['copyOnWrite'];
  /** Copies on this file system share their blocks with the original. */
  readonly reflinks: boolean;
  /** What one layer more in a chain takes, where that is known. */
  readonly layerMilliseconds?: number;
}

/** What one round of a case costs. */
export interface CaseCost {
  /** Bytes written for each sample. */
  readonly perSample: number;
  /** Bytes written before the first sample by this case alone: full copies in every layer. */
  readonly before: number;
  /** Bytes that are on the disk at once, at most. */
  readonly peak: number;
  /** Milliseconds for each sample. */
  readonly sampleMilliseconds: number;
  /** Milliseconds before the first sample. In the copy_up grid all cases of an image share this. */
  readonly buildMilliseconds: number;
}

/** Every layer and every container has its own copy of all bytes below. */
export function copiesAllBytes({ copyOnWrite, reflinks }: CopyTraits): boolean {
  return copyOnWrite === 'none' && !reflinks;
}

/** Bytes of files, without their holes. */
export function bytesOf(files: readonly CopyUpFile[]): number {
  return files.reduce((sum, { size, sparse }) => sum + (sparse === true ? Math.min(size, 2 * SPARSE_BLOCK) : size), 0);
}

/** Bytes of files whose holes have become zeros, as they may in copies. */
export function filledBytesOf(files: readonly CopyUpFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Foresees what a case costs; `files` are those of the image that a case on the grid's layers shares with others.
 * The bytes are upper bounds; of the times only the proportions matter once something has been measured.
 */
export function caseCost(of: BenchCase, files: readonly CopyUpFile[], traits: CopyTraits): CaseCost {
  if (isOnGround(of)) return groundCost(of, files, traits);
  switch (of.workload) {
    case 'inside':
      return insideCost(of, traits);
    case 'many':
      return manyCost(of, traits);
    case 'chain':
      return chainCost(of, traits);
    default:
      return loneCost(of, traits);
  }
}

/** Milliseconds for building a chain of copy_up layers, without the files of its bottom layer. */
export function chainMilliseconds(
  of: Pick<CopyUpCase, 'layers' | 'placement'>,
  files: readonly CopyUpFile[],
  traits: CopyTraits,
): number {
  const upper = of.layers - 1;
  const directories = Math.max(0, ...files.map((file) => file.directories));
  const copied = traits.copyOnWrite === 'none' ? files.length + directories + upper / 2 : 0;
  const own = of.placement === 'every' ? directories * 0.6 : 1;
  const bytes = copiesAllBytes(traits) ? filledBytesOf(files) * upper : 0;
  const layer = Math.max(LAYER_MILLISECONDS, traits.layerMilliseconds ?? 0);
  return upper * (layer + (own + copied) * FILE_MILLISECONDS) + bytes / BYTES_PER_MILLISECOND;
}

function groundCost(ground: GroundCase, files: readonly CopyUpFile[], traits: CopyTraits): CaseCost {
  const of = cellOf(ground);
  const full = copiesAllBytes(traits);
  const image = full ? filledBytesOf(files) : bytesOf(files);
  const touched = bytesOf(groundFiles(ground));
  const copied = full ? image : traits.copyOnWrite === 'file' && !traits.reflinks ? touched : 0;
  // The plain file is written anew for each touch.
  const perSample = copied + (ground.workload === 'touch' ? touched : 0);
  const copiedFiles = traits.copyOnWrite === 'none' ? files.length + of.layers + of.directories : 0;
  const lookedUp = of.placement === 'every' ? of.layers * of.directories : of.layers;
  const cold = of.cache === 'cold' ? 150 + of.size / BYTES_PER_MILLISECOND : 0;
  return {
    perSample,
    before: full ? image * of.layers : 0,
    // Files of one size are one file in the plain directory; this counts them as often as they have names.
    peak: image * (full ? of.layers + 2 : 2) + perSample + (ground.workload === 'sparse' ? of.size : 0),
    sampleMilliseconds:
      CONTAINER_MILLISECONDS +
      perSample / BYTES_PER_MILLISECOND +
      copiedFiles * FILE_MILLISECONDS +
      lookedUp * 0.003 +
      of.layers * 0.03 +
      cold,
    buildMilliseconds: image / BYTES_PER_MILLISECOND + chainMilliseconds(of, files, traits),
  };
}

/** What a case of `inside` has for each unit of its amount: files of its image, their bytes, and milliseconds of the program on both sides. */
const INSIDE_UNITS_COST: Readonly<Record<InsideWork, { files: number; bytes: number; milliseconds: number }>> = {
  find: { files: 1, bytes: MEAN_FILE_SIZE, milliseconds: 0.05 },
  tar: { files: 1, bytes: MEAN_FILE_SIZE, milliseconds: 0.1 },
  cp: { files: 1, bytes: MEAN_FILE_SIZE, milliseconds: 0.5 },
  rm: { files: 1, bytes: MEAN_FILE_SIZE, milliseconds: 0.15 },
  chown: { files: 1, bytes: MEAN_FILE_SIZE, milliseconds: 0.75 },
  install: { files: 1, bytes: MEAN_FILE_SIZE, milliseconds: 0.3 },
  compile: { files: 3, bytes: 16 * 1024, milliseconds: 50 },
  checkout: { files: 1, bytes: 2 * MEAN_FILE_SIZE, milliseconds: 0.4 },
  sqlite: { files: 0, bytes: 100 * 1024, milliseconds: 12 },
};

/** A driver that copies has so many trees to copy for its layers, each of which adds as much as the others. */
const COPIED_TREES = (TREE_LAYERS - 1) / 2;

function insideCost({ work, amount }: InsideCase, traits: CopyTraits): CaseCost {
  const unit = INSIDE_UNITS_COST[work];
  const [image, files] = [amount * unit.bytes, amount * unit.files];
  const full = copiesAllBytes(traits);
  const filling = files * FILE_MILLISECONDS + image / BYTES_PER_MILLISECOND;
  const copying = traits.copyOnWrite === 'none' ? files * FILE_MILLISECONDS : 0;
  const copyingAll = copying + (full ? image / BYTES_PER_MILLISECOND : 0);
  return {
    // What the program writes may be as much as there was before.
    perSample: image * (full ? 4 : 3),
    before: image * (full ? 1 + COPIED_TREES : 2),
    peak: image * (full ? 4 + COPIED_TREES : 4),
    sampleMilliseconds: 2 * CONTAINER_MILLISECONDS + amount * unit.milliseconds + 2 * filling + copyingAll,
    buildMilliseconds:
      TREE_LAYERS * 2 * LAYER_MILLISECONDS + COPIED_TREES * copyingAll + 3 * filling + 0.3 * amount * unit.milliseconds,
  };
}

function manyCost({ containers }: ManyCase, traits: CopyTraits): CaseCost {
  const image = MANY_IMAGE.files * MANY_IMAGE.fileSize;
  const written = copiesAllBytes(traits) ? containers * image : 0;
  const copying = traits.copyOnWrite === 'none' ? containers * MANY_IMAGE.files * FILE_MILLISECONDS : 0;
  return {
    perSample: written,
    before: image,
    peak: 2 * image + written,
    sampleMilliseconds: 30 + containers * MANY_CONTAINER_MILLISECONDS + copying + written / BYTES_PER_MILLISECOND,
    buildMilliseconds: LAYER_MILLISECONDS + 2 * CONTAINER_MILLISECONDS,
  };
}

function chainCost({ layers, written }: ChainCase, traits: CopyTraits): CaseCost {
  const copied = traits.copyOnWrite === 'none' ? layers + 2 : 0;
  const image = CHAIN_FILE.size * (copiesAllBytes(traits) ? layers : 1);
  const chain = chainMilliseconds({ layers, placement: 'home' }, [CHAIN_FILE], traits);
  return {
    perSample: written + CHAIN_FILE.size,
    before: image,
    peak: image + 2 * written,
    sampleMilliseconds:
      CONTAINER_MILLISECONDS + written / BYTES_PER_MILLISECOND + copied * FILE_MILLISECONDS + layers * 0.03,
    buildMilliseconds: chain + LAYER_MILLISECONDS + 2 * CONTAINER_MILLISECONDS,
  };
}

type LoneCase = Exclude<BenchCase, GroundCase | InsideCase | ManyCase | ChainCase>;

function loneCost(of: LoneCase, traits: CopyTraits): CaseCost {
  const image = of.files * of.fileSize;
  const full = copiesAllBytes(traits);
  const treeMilliseconds = of.files * FILE_MILLISECONDS;
  const copying = (full ? image / BYTES_PER_MILLISECOND : 0) + (traits.copyOnWrite === 'none' ? treeMilliseconds : 0);
  const base = { peak: image * 3, buildMilliseconds: 20 + treeMilliseconds + image / BYTES_PER_MILLISECOND };
  switch (of.workload) {
    case 'lifecycle':
      return { ...base, before: 0, perSample: full ? 4 * image : 0, sampleMilliseconds: 4 * (20 + copying) };
    case 'where':
      return {
        ...base,
        before: 0,
        perSample: full ? image : of.fileSize,
        sampleMilliseconds: 60 + copying + (full ? 0 : of.fileSize / BYTES_PER_MILLISECOND),
      };
    case 'space':
      return {
        ...base,
        before: 0,
        perSample: full ? image : of.fileSize,
        // Twenty syncs, most of which have something to write.
        sampleMilliseconds: 200 + copying,
      };
    case 'apply':
      return {
        ...base,
        before: 0,
        perSample: image,
        sampleMilliseconds: 20 + treeMilliseconds + (2 * image) / BYTES_PER_MILLISECOND,
        buildMilliseconds: 20 + image / (2 * MEBIBYTE),
      };
    case 'difference': {
      const looked = traits.copyOnWrite === 'none' ? of.files : of.changed;
      return { ...base, before: full ? image : 0, perSample: 0, sampleMilliseconds: 4 + looked * 0.05 };
    }
  }
}
