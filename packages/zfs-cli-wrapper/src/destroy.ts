import type { BusyCallOptions, CallOptions } from './call-options.ts';
import { listDatasets } from './list-datasets.ts';
import { datasetOf, poolOf } from './names.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { ZfsError } from './zfs-error.ts';

/** Options of destroying a filesystem or volume. */
export interface DestroyOptions extends BusyCallOptions {
  /** Its children and snapshots too (`-r`). */
  readonly recursive?: boolean;
  /** And all clones of these, wherever they are (`-R`). */
  readonly clones?: boolean;
  /** Unmount what is in use (`-f`). */
  readonly force?: boolean;
}

/** What a destroy would do. */
export interface DestroyPlan {
  /** What would go, children before parents. */
  readonly names: readonly string[];
  /** Bytes that would be free afterwards. OpenZFS tells it of snapshots; `undefined` otherwise. */
  readonly reclaims: number | undefined;
}

/** The arguments of a destroy. Pure. */
export function destroyArgs(name: string, { recursive, clones, force }: DestroyOptions, dryRun = false): string[] {
  const depth = clones === true ? ['-R'] : recursive === true ? ['-r'] : [];
  return ['destroy', ...depth, ...(force === true ? ['-f'] : []), ...(dryRun ? ['-nvp'] : []), name];
}

/** @internal */
export async function planDestroy(
  zfs: ZfsCommands,
  name: string,
  options: DestroyOptions & CallOptions,
): Promise<DestroyPlan> {
  // OpenZFS leaves the clones of a snapshot out of its plan.
  if (zfs.capabilities.destroyDryRun && !(name.includes('@') && options.clones === true))
    return parseDestroyPlan(await zfs.run('zfs', destroyArgs(name, options, true), options));
  const { signal, timeout } = options;
  const datasets = await listDatasets(zfs, {
    root: poolOf(name),
    types: ['filesystem', 'volume', 'snapshot'],
    ...(signal === undefined ? {} : { signal }),
    ...(timeout === undefined ? {} : { timeout }),
  });
  return { names: planFromListing(datasets, name, options), reclaims: undefined };
}

/** Reads what `zfs destroy -nvp` prints. Pure. @throws {ZfsError} `UNEXPECTED_OUTPUT` */
export function parseDestroyPlan(stdout: string): DestroyPlan {
  const names: string[] = [];
  let reclaims: number | undefined;
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const [verb, value] = line.split('\t');
    if (verb === 'destroy' && value !== undefined) names.push(value);
    else if (verb === 'reclaim' && value !== undefined) reclaims = Number(value);
    else throw new ZfsError('UNEXPECTED_OUTPUT', `zfs destroy printed ${JSON.stringify(line)}.`);
  }
  return { names, reclaims };
}

/** What {@link planFromListing} looks at. */
export interface ListedDataset {
  readonly name: string;
  readonly origin: string | undefined;
}

/**
 * Finds out what a destroy would destroy from a listing of the whole pool. Pure.
 *
 * @throws {ZfsError} `DATASET_NOT_FOUND`, `HAS_CHILDREN`, `HAS_CLONES`
 */
export function planFromListing(datasets: readonly ListedDataset[], name: string, options: DestroyOptions): string[] {
  if (!datasets.some((dataset) => dataset.name === name))
    throw new ZfsError('DATASET_NOT_FOUND', `There is no dataset ${name}.`);
  const doomed = new Set([name]);
  for (const current of doomed) {
    for (const dataset of datasets) {
      if (isBelow(dataset.name, current)) doomed.add(dataset.name);
      else if (options.clones === true && dataset.origin === current) doomed.add(dataset.name);
    }
  }
  const others = [...doomed].filter((doomedName) => doomedName !== name);
  if (options.recursive !== true && options.clones !== true && others.length > 0)
    throw new ZfsError('HAS_CHILDREN', `${name} has children.`, { details: { dependents: others } });
  const clones = datasets.filter(
    ({ origin, name: own }) => origin !== undefined && doomed.has(origin) && !doomed.has(own),
  );
  if (clones.length > 0)
    throw new ZfsError('HAS_CLONES', `${name} has clones.`, {
      details: { dependents: clones.map((clone) => clone.name) },
    });
  return inOrder([...doomed], datasets);
}

function isBelow(name: string, ancestor: string): boolean {
  return name.startsWith(`${ancestor}/`) || (name.startsWith(`${ancestor}@`) && !ancestor.includes('@'));
}

/** Clones before the snapshots that they come from, children before their parents, snapshots before their datasets. */
function inOrder(names: readonly string[], datasets: readonly ListedDataset[]): string[] {
  const origins = new Map(datasets.map(({ name, origin }) => [name, origin]));
  const placed = new Set<string>();
  const place = (name: string): void => {
    if (placed.has(name)) return;
    const first = names.filter((other) => other !== name && (isBelow(other, name) || origins.get(other) === name));
    placed.add(name);
    for (const other of first) place(other);
    order.push(name);
  };
  const order: string[] = [];
  for (const name of [...names].sort((a, b) => datasetOf(b).length - datasetOf(a).length)) place(name);
  return order;
}
