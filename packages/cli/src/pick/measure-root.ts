import {
  type BenchResult,
  type BenchTarget,
  type MeasureProgress,
  measureProfiles,
  readFilesystem,
  targetIn,
  type WorkloadProfile,
} from '@graphdriver/bench';
import type { DriverSettings, Selection } from '@graphdriver/core';
import { type GlobalOptions, knownDrivers } from '../composition.ts';
import { nearestDirectory } from '../nearest-directory.ts';
import { endProgress, progress } from '../terminal.ts';

/** What is to be measured at a root. */
export interface MeasureRequest {
  readonly profiles: readonly WorkloadProfile[];
  readonly options: GlobalOptions;
  readonly settings: Readonly<Record<string, DriverSettings>>;
  readonly signal: AbortSignal;
}

/** Milliseconds. */
const MINUTE = 60_000;

/**
 * Measures every driver that works at the root, in a folder of its own in it, or beside where it will be. Takes a minute at most, and
 * leaves nothing there.
 *
 * @throws {StorageError} `ABORTED`, `PERMISSION_DENIED`, `OUT_OF_SPACE`
 */
export async function measureRoot(
  { reports }: Selection,
  { profiles, options, settings, signal }: MeasureRequest,
): Promise<BenchResult> {
  const directory = nearestDirectory(options.root);
  const place = { label: readFilesystem(directory).name, directory };
  const usable = new Set(reports.filter((report) => report.usable).map(({ driver }) => driver));
  const targets: BenchTarget[] = [];
  for (const { module, source } of await knownDrivers()) {
    if (!usable.has(module.name)) continue;
    const own = settings[module.name];
    const route = options.mountWith === undefined ? {} : { mountWith: options.mountWith };
    targets.push(await targetIn({ source, ...route, ...(own === undefined ? {} : { settings: own }) }, place));
  }
  try {
    // The minute began with the program.
    const milliseconds = MINUTE - performance.now();
    return await measureProfiles(targets, profiles, { milliseconds, signal, onProgress: showProgress });
  } finally {
    endProgress();
  }
}

function showProgress({ fraction, remaining, target, case: of }: MeasureProgress): void {
  const left = Math.ceil(remaining / 1000);
  progress(`${Math.round(fraction * 100)} %, ${left} s to go: ${target}, ${of ?? 'making layers'}`);
}
