import { type BenchCase, type CopyUpCase, caseId, type LifecycleCase } from '../bench-case.ts';
import type { WorkloadProfile, WorkloadWrites } from './workload-profile.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** What tells most of a workload's costs in little time. */
export interface ProfileCases {
  /** Of every operation something: takes a second or two for each target. */
  readonly light: readonly BenchCase[];
  /** As near to the workload as the time allows. */
  readonly heavy: readonly BenchCase[];
}

/** Kinds of writes that are measured of one workload: those that have the greatest share in it. */
const MOST_WRITES = 3;
const LARGEST_FILE = 128 * MEBIBYTE;
const DEEPEST = 64;
const MOST_LAYERS = 120;
const LARGEST_IMAGE = { files: 1000, size: 128 * MEBIBYTE, file: 16 * MEBIBYTE };
const LIGHT_IMAGE = { files: 100, size: 4 * MEBIBYTE };
const LIGHT_FILE = MEBIBYTE;
/** Stands between a light file and the largest, where those of the workload are larger still. */
const MIDDLE_FILE = 16 * MEBIBYTE;

/**
 * The cases by which the costs of workloads are to be foreseen: first and later writes in the very shapes that weigh most in them, and
 * lives of containers on images like theirs. What would take too long for this is made smaller, and its cost foreseen by the slope.
 */
export function profileCases(profiles: readonly WorkloadProfile[]): ProfileCases {
  const cases = [...new Map(profiles.flatMap(casesOf).map((of) => [caseId(of), of])).values()];
  const light = cases.filter(isLight);
  const sizes = new Set<number>();
  const heavy = cases.filter((of) => {
    if (isLight(of)) return false;
    // Several workloads share what is most expensive: beyond some size little else matters than the size.
    if (of.workload !== 'copy_up') return true;
    return sizes.size < sizes.add(of.size).size;
  });
  return { light, heavy };
}

function casesOf(profile: WorkloadProfile): readonly (CopyUpCase | LifecycleCase)[] {
  return [...writeCases(profile), ...lifeCases(profile)];
}

function isLight(of: CopyUpCase | LifecycleCase): boolean {
  if (of.workload === 'copy_up') return of.size <= LIGHT_FILE;
  return of.files === 1 || (of.files <= LIGHT_IMAGE.files && of.files * of.fileSize <= LIGHT_IMAGE.size);
}

function writeCases({ image, firstWrites, laterWrites }: WorkloadProfile): CopyUpCase[] {
  const heaviest = [...firstWrites, ...laterWrites].toSorted((a, b) => weight(b) - weight(a)).slice(0, MOST_WRITES);
  const [first = { count: 1, size: 4 * KIBIBYTE, directories: 1 }] = heaviest;
  const wanted = heaviest.length > 0 ? heaviest : [first];
  const sizes = wanted.map(({ size }) => size);
  const beside = [
    ...(Math.min(...sizes) > LIGHT_FILE ? [LIGHT_FILE] : []),
    ...(Math.max(...sizes) > LARGEST_FILE ? [MIDDLE_FILE] : []),
  ].map((size) => ({ ...first, size }));
  return [...wanted, ...beside].map(({ size, directories }) => ({
    workload: 'copy_up',
    size: Math.min(size, LARGEST_FILE),
    layers: Math.min(image.layers, MOST_LAYERS),
    directories: Math.min(directories, DEEPEST),
    placement: 'home',
    cache: 'warm',
  }));
}

/** A guess of a write's share: some time for each, and a nanosecond for each byte of its file. */
function weight({ count, size }: WorkloadWrites): number {
  return count * (MEBIBYTE / 4 + size);
}

/** An image like the workload's, and a small one, so that something is known of what more files and bytes cost. */
function lifeCases({ image }: WorkloadProfile): LifecycleCase[] {
  const fileSize = Math.min(Math.round(image.size / image.files), LARGEST_IMAGE.file);
  const fitting = (files: number, { files: most, size }: typeof LIGHT_IMAGE): number =>
    Math.max(1, Math.min(files, most, Math.floor(size / Math.max(1, fileSize))));
  const like = fitting(image.files, LARGEST_IMAGE);
  return [fitting(Math.ceil(like / 4), LIGHT_IMAGE), like].map((files) => ({ workload: 'lifecycle', files, fileSize }));
}
