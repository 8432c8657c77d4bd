import type { CallOptions } from './call-options.ts';
import { DATASET_PROPERTIES, type Dataset, type DatasetType, datasetFrom } from './dataset.ts';
import { assertAnyName, assertDatasetName, assertPropertyName } from './names.ts';
import { groupByDataset, PROPERTY_COLUMNS, parsePropertyRows } from './property-listing.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { ZfsError } from './zfs-error.ts';

/** What {@link listDatasets} looks for. */
export interface ListOptions extends CallOptions {
  /** The dataset to begin with; all pools unless told. */
  readonly root?: string;
  /** How deep below `root`: 0 only itself, 1 also its children and snapshots. Everything unless told. */
  readonly depth?: number;
  /** Filesystems and volumes unless told. */
  readonly types?: readonly DatasetType[];
  /** Further properties to read, such as `com.example:owner`. */
  readonly properties?: readonly string[];
}

/** Lists with one command, in the order of zfs: parents before children. @throws {ZfsError} `DATASET_NOT_FOUND`, `UNSUPPORTED` */
export async function listDatasets(zfs: ZfsCommands, options: ListOptions = {}): Promise<Dataset[]> {
  const { root, types = ['filesystem', 'volume'] } = options;
  if (root !== undefined) assertDatasetName(root);
  if (types.includes('bookmark')) zfs.require('bookmarks', 'make bookmarks');
  const stdout = await zfs.run(
    'zfs',
    [...listArgs(zfs, options, types), ...(root === undefined ? [] : [root])],
    options,
  );
  return datasetsIn(stdout).filter(({ type }) => types.includes(type));
}

/** Reads one. @throws {ZfsError} `DATASET_NOT_FOUND` */
export async function getDataset(
  zfs: ZfsCommands,
  name: string,
  options: CallOptions & { readonly properties?: readonly string[] } = {},
): Promise<Dataset> {
  assertAnyName(name);
  const args = ['get', '-Hp', '-o', PROPERTY_COLUMNS, propertyList(zfs, options.properties), name];
  const dataset = datasetsIn(await zfs.run('zfs', args, options)).find((found) => found.name === name);
  if (dataset === undefined) throw new ZfsError('UNEXPECTED_OUTPUT', `zfs get did not print ${name}.`);
  return dataset;
}

function listArgs(zfs: ZfsCommands, { depth, properties }: ListOptions, types: readonly DatasetType[]): string[] {
  if (depth !== undefined && (!Number.isSafeInteger(depth) || depth < 0))
    throw new TypeError('depth must be a whole number.');
  return [
    'get',
    '-Hp',
    '-r',
    ...(depth === undefined ? [] : ['-d', String(depth)]),
    ...(zfs.capabilities.filterTypes ? ['-t', types.join(',')] : []),
    '-o',
    PROPERTY_COLUMNS,
    propertyList(zfs, properties),
  ];
}

function propertyList(zfs: ZfsCommands, more: readonly string[] = []): string {
  for (const name of more) assertPropertyName(name);
  const wanted = new Set<string>([...DATASET_PROPERTIES, ...more]);
  return [...wanted].filter((name) => !zfs.capabilities.missingProperties.has(name)).join(',');
}

function datasetsIn(stdout: string): Dataset[] {
  return [...groupByDataset(parsePropertyRows(stdout))].map(([name, rows]) => datasetFrom(name, rows));
}
