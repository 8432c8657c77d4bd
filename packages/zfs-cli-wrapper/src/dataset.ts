import { poolOf } from './names.ts';
import { type Properties, type PropertyRow, propertiesOf } from './property-listing.ts';
import { ZfsError } from './zfs-error.ts';

/** What a name can stand for. */
export type DatasetType = 'filesystem' | 'volume' | 'snapshot' | 'bookmark';

/** A filesystem, volume, snapshot or bookmark. Sizes are in bytes. */
export interface Dataset {
  readonly name: string;
  readonly type: DatasetType;
  readonly pool: string;
  /** Precise to the second. */
  readonly createdAt: Date;
  /** What would be free without it and its descendants. `undefined` for bookmarks. */
  readonly used: number | undefined;
  /** What it can be read of, shared or not. `undefined` for bookmarks of old pools. */
  readonly referenced: number | undefined;
  /** What can still be written. Only filesystems and volumes have it. */
  readonly available: number | undefined;
  /** A path, `legacy` or `none`. Only filesystems have it. */
  readonly mountpoint: string | undefined;
  /** Only filesystems have it. */
  readonly mounted: boolean | undefined;
  /** The snapshot that it is a clone of. */
  readonly origin: string | undefined;
  /** Written since the newest snapshot, or between the snapshot before and this one. Missing on zfs-fuse. */
  readonly written: number | undefined;
  /** Survives renaming, and is the same for a snapshot wherever it has been received. Missing on zfs-fuse. */
  readonly guid: bigint | undefined;
  /** The properties that were asked for beside these, and all of these with their sources. */
  readonly properties: Properties;
}

/** The properties that a {@link Dataset} is made of. */
export const DATASET_PROPERTIES = [
  'type',
  'creation',
  'used',
  'referenced',
  'available',
  'mountpoint',
  'mounted',
  'origin',
  'written',
  'guid',
] as const;

/** Makes a record of the rows of one dataset. Pure. @throws {ZfsError} `UNEXPECTED_OUTPUT` */
export function datasetFrom(name: string, rows: readonly PropertyRow[]): Dataset {
  const properties = propertiesOf(rows);
  const typed = properties as Partial<Properties<(typeof DATASET_PROPERTIES)[number]>>; // Read by the kinds that the type is made of.
  const createdAt = typed.creation?.value;
  if (createdAt === undefined) throw new ZfsError('UNEXPECTED_OUTPUT', `zfs get did not print when ${name} was made.`);
  return {
    name,
    type: datasetType(name, typed.type?.value),
    pool: poolOf(name),
    createdAt,
    used: typed.used?.value,
    referenced: typed.referenced?.value,
    available: typed.available?.value,
    mountpoint: typed.mountpoint?.value,
    mounted: typed.mounted?.value,
    origin: typed.origin?.value === '' ? undefined : typed.origin?.value,
    written: typed.written?.value,
    guid: typed.guid?.value,
    properties,
  };
}

function datasetType(name: string, found: string | undefined): DatasetType {
  if (found === 'filesystem' || found === 'volume' || found === 'snapshot' || found === 'bookmark') return found;
  throw new ZfsError('UNEXPECTED_OUTPUT', `${name} is of the type ${String(found)}.`);
}
