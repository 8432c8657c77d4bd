import type { Capabilities } from '@graphdriver/core';
import type { BenchCase, CopyUpCase } from './bench-case.ts';
import type { CopyUpFile } from './copy-up-image.ts';

const MEBIBYTE = 1024 * 1024;
/** Bytes that a two-core virtual machine writes to its disk in a millisecond, the sync after it included. */
const BYTES_PER_MILLISECOND = MEBIBYTE;
/** Layer, mount, syncs and removal of one container on a short chain. */
const CONTAINER_MILLISECONDS = 25;
const LAYER_MILLISECONDS = 9;
/** One file of a tree, made, copied or removed. */
const FILE_MILLISECONDS = 0.15;

/** What decides how much a driver copies in a place. */
export interface CopyTraits {
  readonly copyOnWrite: Capabilities['copyOnWrite'];
  /** Copies on this file system share their blocks with the original. */
  readonly reflinks: boolean;
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

/** Bytes of files. */
export function bytesOf(files: readonly CopyUpFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Foresees what a case costs; `files` are those of the image that a copy_up case shares with others.
 * The bytes are upper bounds; of the times only the proportions matter once something has been measured.
 */
export function caseCost(of: BenchCase, files: readonly CopyUpFile[], traits: CopyTraits): CaseCost {
  return of.workload === 'copy_up' ? copyUpCost(of, files, traits) : loneCost(of, traits);
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
  const bytes = copiesAllBytes(traits) ? bytesOf(files) * upper : 0;
  return upper * (LAYER_MILLISECONDS + (own + copied) * FILE_MILLISECONDS) + bytes / BYTES_PER_MILLISECOND;
}

function copyUpCost(of: CopyUpCase, files: readonly CopyUpFile[], traits: CopyTraits): CaseCost {
  const image = bytesOf(files);
  const full = copiesAllBytes(traits);
  const perSample = full ? image : traits.copyOnWrite === 'file' && !traits.reflinks ? of.size : 0;
  const copiedFiles = traits.copyOnWrite === 'none' ? files.length + of.layers + of.directories : 0;
  const lookedUp = of.placement === 'every' ? of.layers * of.directories : of.layers;
  const cold = of.cache === 'cold' ? 150 + of.size / BYTES_PER_MILLISECOND : 0;
  return {
    perSample,
    before: full ? image * of.layers : 0,
    // Files of one size are one file in the plain directory; this counts them as often as they have names.
    peak: image * (full ? of.layers + 2 : 2) + perSample,
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

function loneCost(of: Exclude<BenchCase, CopyUpCase>, traits: CopyTraits): CaseCost {
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
