import type { PropertyType } from './property-kinds.ts';
import { readPropertyValue } from './property-value.ts';
import { ZfsError } from './zfs-error.ts';

/** Where a value comes from. */
export interface PropertySource {
  /** `none`: the property cannot be set, as `used`, or is a user property that is not there. */
  readonly kind: 'local' | 'default' | 'inherited' | 'received' | 'temporary' | 'none';
  /** The dataset that it is inherited from. */
  readonly from?: string;
}

/** A property with its value. */
export interface Property<Value> {
  /** `undefined` where the dataset has no such property: no `mountpoint` of a volume, a user property that was never set. */
  readonly value: Value | undefined;
  /** As `zfs get -p` prints it. */
  readonly raw: string;
  readonly source: PropertySource;
}

/** The properties of one dataset, by name. */
export type Properties<Names extends string = string> = { readonly [Name in Names]: Property<PropertyType<Name>> };

/** One line of the listing. */
export interface PropertyRow {
  readonly dataset: string;
  readonly property: string;
  readonly source: PropertySource;
  readonly raw: string;
}

/** The columns that {@link parsePropertyRows} reads: the free text last, for it may hold tabs. */
export const PROPERTY_COLUMNS = 'name,property,source,value';

const SOURCE = /^(-|local|default|received|temporary|inherited from .+)$/;

/**
 * Reads what `zfs get -Hp -o name,property,source,value` prints. Pure.
 *
 * Values of user properties may hold tabs and line feeds. A value that imitates further lines of the listing is found out,
 * because no property of a dataset is listed twice.
 *
 * @throws {ZfsError} `UNEXPECTED_OUTPUT`
 */
export function parsePropertyRows(stdout: string): PropertyRow[] {
  const rows: { dataset: string; property: string; source: PropertySource; raw: string }[] = [];
  for (const line of stdout.replace(/\n$/, '').split('\n')) {
    const [dataset, property, source, ...value] = line.split('\t');
    const last = rows.at(-1);
    if (
      dataset !== undefined &&
      property !== undefined &&
      source !== undefined &&
      SOURCE.test(source) &&
      value.length > 0
    )
      rows.push({ dataset, property, source: parseSource(source), raw: value.join('\t') });
    else if (last !== undefined) last.raw += `\n${line}`;
    else if (stdout !== '') throw new ZfsError('UNEXPECTED_OUTPUT', `zfs get printed ${JSON.stringify(line)}.`);
  }
  refuseTwins(rows);
  return rows;
}

/** Groups rows by dataset, in the order of the listing. Pure. */
export function groupByDataset(rows: readonly PropertyRow[]): Map<string, PropertyRow[]> {
  const groups = new Map<string, PropertyRow[]>();
  for (const row of rows) {
    const group = groups.get(row.dataset);
    if (group === undefined) groups.set(row.dataset, [row]);
    else group.push(row);
  }
  return groups;
}

/** Makes typed properties of the rows of one dataset. Pure. */
export function propertiesOf(rows: readonly PropertyRow[]): Properties {
  return Object.fromEntries(rows.map((row) => [row.property, toProperty(row)]));
}

function toProperty({ property, raw, source }: PropertyRow): Property<PropertyType<string>> {
  const absent = raw === '-' && source.kind === 'none';
  // By its name the caller knows which type it is: see PropertyType.
  const value = absent ? undefined : (readPropertyValue(property, raw) as PropertyType<string>);
  return { value, raw, source };
}

function parseSource(text: string): PropertySource {
  if (text.startsWith('inherited from ')) return { kind: 'inherited', from: text.slice('inherited from '.length) };
  return text === '-' ? { kind: 'none' } : { kind: text as 'local' | 'default' | 'received' | 'temporary' }; // Matched by SOURCE.
}

function refuseTwins(rows: readonly PropertyRow[]): void {
  const seen = new Set<string>();
  for (const { dataset, property } of rows) {
    const key = `${dataset}\t${property}`;
    if (seen.has(key)) throw new ZfsError('UNEXPECTED_OUTPUT', `zfs get printed ${property} of ${dataset} twice.`);
    seen.add(key);
  }
}
