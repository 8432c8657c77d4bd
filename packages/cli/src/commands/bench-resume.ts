import type { BenchCase, BenchResult } from '@graphdriver/bench';
import { StorageError } from '@graphdriver/core';
import type { RunOptions } from './bench-run-options.ts';

/** Tells whether the command says what to measure, which otherwise is what the result has. */
export function choosesCases({ quick, full, only, cold, ...factors }: RunOptions): boolean {
  const { sizes, layers, directories, placements, containers } = factors;
  return [quick, full, only, cold, sizes, layers, directories, placements, containers].some((one) => one !== undefined);
}

/** The cases of a result that is gone on with. */
export function casesOf({ cases }: BenchResult): readonly BenchCase[] {
  return Object.values(cases);
}

/**
 * The options with the drivers, peers and places of a result where none are named.
 *
 * A target's name ends with the label of its place, which is a type of file system or a directory.
 *
 * @throws {StorageError} `UNSUPPORTED` for a result whose targets are not named so: `bench self` makes such
 */
export async function withTargetsOf<T extends RunOptions>(earlier: BenchResult, options: T): Promise<T> {
  if (options.targets !== undefined || options.peer.length + options.directory.length > 0 || options.on !== undefined)
    return options;
  const { FILE_SYSTEMS, knownPeers } = await import('@graphdriver/bench');
  const peers = new Set(knownPeers.map(({ module }) => module.name));
  const placed = earlier.targets.map(({ label, driver, volatile, settings }) => {
    const words = [
      driver,
      ...(volatile ? ['volatile'] : []),
      ...Object.entries(settings).map((pair) => pair.join('=')),
    ];
    const start = `${words.join(' ')} on `;
    const place = label.startsWith(start) ? label.slice(start.length) : '';
    if (place !== '' && !place.includes(', ')) return { name: driver, volatile, place };
    throw new StorageError('UNSUPPORTED', `Where ${label} was measured cannot be told from its name.`, {
      hint: 'Name the targets and places again with --targets, --on and --directory.',
    });
  });
  const places = [...new Set(placed.map(({ place }) => place))];
  return {
    ...options,
    targets: placed.filter(({ name }) => !peers.has(name)),
    peer: placed.filter(({ name }) => peers.has(name)).map(({ name, place }) => ({ name, place })),
    on: FILE_SYSTEMS.filter((type) => places.includes(type)),
    directory: places.filter((place) => !FILE_SYSTEMS.some((type) => type === place)),
  };
}
