import { isObject } from '../shape-rules.ts';
import { WORKLOAD_NEEDS, type WorkloadNeed, type WorkloadProfile, type WorkloadWrites } from './workload-profile.ts';

/** The most of anything: sums then stay far from where numbers lose their last digits. */
const MOST = 1e12;
/** Kinds of writes: who has more should add them up. */
const MOST_WRITES = 1000;

/**
 * The workload that a JSON text describes, as the file `file`.
 *
 * @throws {TypeError} that names the place, for anything that is missing, unknown, no whole number or too large
 */
export function parseProfile(text: string, file: string): WorkloadProfile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const profile = readProfile(value, file);
  refuseImpossible(profile, file);
  return profile;
}

function readProfile(value: unknown, place: string): WorkloadProfile {
  const fields = ['name', 'summary', 'image', 'containers', 'firstWrites', 'laterWrites', 'needs'] as const;
  const found = fieldsOf(value, place, fields);
  const image = fieldsOf(found.image, `${place}: image`, ['files', 'size', 'layers']);
  return {
    name: textAt(found.name, `${place}: name`),
    summary: textAt(found.summary, `${place}: summary`),
    image: {
      files: countAt(image.files, `${place}: image.files`, 1),
      size: countAt(image.size, `${place}: image.size`),
      layers: countAt(image.layers, `${place}: image.layers`, 1),
    },
    containers: countAt(found.containers, `${place}: containers`, 1),
    firstWrites: writesAt(found.firstWrites, `${place}: firstWrites`),
    laterWrites: writesAt(found.laterWrites, `${place}: laterWrites`),
    needs: needsAt(found.needs, `${place}: needs`),
  };
}

/** Each container writes to each file of the image for the first time once. */
function refuseImpossible({ image, firstWrites }: WorkloadProfile, place: string): void {
  const files = firstWrites.reduce((sum, { count }) => sum + count, 0);
  const bytes = firstWrites.reduce((sum, { count, size }) => sum + count * size, 0);
  if (files > image.files)
    throw new TypeError(`${place}: firstWrites are to ${files} files, and image.files is ${image.files}.`);
  if (bytes > image.size)
    throw new TypeError(`${place}: firstWrites are to ${bytes} bytes, and image.size is ${image.size}.`);
}

/** The fields of an object that has all of them and no others. */
function fieldsOf<K extends string>(value: unknown, place: string, names: readonly K[]): Readonly<Record<K, unknown>> {
  if (!isObject(value)) throw new TypeError(`${place} is not an object.`);
  const known: readonly string[] = names;
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${place} has ${JSON.stringify(unknown)}, which is none of ${names.join(', ')}.`);
  }
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw new TypeError(`${place} has no ${missing}.`);
  return value as Readonly<Record<K, unknown>>; // All names were looked for.
}

function listAt(value: unknown, place: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${place} is not a list.`);
  if (value.length > most) throw new TypeError(`${place} has ${value.length} entries, more than ${most}.`);
  return value;
}

function writesAt(value: unknown, place: string): readonly WorkloadWrites[] {
  return listAt(value, place, MOST_WRITES).map((entry, index) => {
    const at = `${place}[${index}]`;
    const found = fieldsOf(entry, at, ['count', 'size', 'directories']);
    return {
      count: countAt(found.count, `${at}.count`, 1),
      size: countAt(found.size, `${at}.size`),
      directories: countAt(found.directories, `${at}.directories`),
    };
  });
}

function needsAt(value: unknown, place: string): readonly WorkloadNeed[] {
  return listAt(value, place, WORKLOAD_NEEDS.length).map((entry, index) => {
    const need = WORKLOAD_NEEDS.find((known) => known === entry);
    if (need === undefined) throw new TypeError(`${place}[${index}] is none of ${WORKLOAD_NEEDS.join(', ')}.`);
    return need;
  });
}

function textAt(value: unknown, place: string): string {
  // What is printed on a terminal must not be able to steer it.
  if (typeof value !== 'string' || value.length > 1000 || /\p{Cc}/u.test(value)) {
    throw new TypeError(`${place} is no text of one line and at most 1,000 characters.`);
  }
  return value;
}

function countAt(value: unknown, place: string, least = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= MOST) return value;
  throw new TypeError(`${place} is no whole number from ${least} to ${MOST}.`);
}
