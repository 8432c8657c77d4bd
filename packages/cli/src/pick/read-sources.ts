import { createReadStream } from 'node:fs';
import {
  type Evidence,
  evidenceOf,
  KNOWN_PROFILES,
  PUBLISHED_EVIDENCE,
  parseProfile,
  readResult,
  type WorkloadProfile,
} from '@graphdriver/bench';
import type { DriverSettings } from '@graphdriver/core';
import { isErrno } from '@graphdriver/host';

/** A description larger than this is none. */
const MOST_BYTES = 1024 ** 2;

/** The workload of that name, or that a file describes. @throws {TypeError} where there is neither, or the file is not as it should be */
export async function readWorkload(nameOrFile: string): Promise<WorkloadProfile> {
  const known = KNOWN_PROFILES.find(({ name }) => name === nameOrFile);
  if (known !== undefined) return known;
  const text = await readSome(nameOrFile).catch((error: unknown) => {
    if (!isErrno(error)) throw error;
    const names = KNOWN_PROFILES.map(({ name }) => name).join(', ');
    throw new TypeError(`--workload ${nameOrFile} is none of ${names}, and no file: ${error.message}.`);
  });
  if (text.length > MOST_BYTES) throw new TypeError(`${nameOrFile} is too long for a description of a workload.`);
  return parseProfile(text.toString(), nameOrFile);
}

/** No more than it takes to see that a file is too long. */
async function readSome(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: MOST_BYTES })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The costs that a result file says of drivers with these settings, or those that come with the program. The former takes seconds. */
export async function readEvidence(
  file: string | undefined,
  settings: Readonly<Record<string, DriverSettings>>,
): Promise<Evidence> {
  if (file === undefined) return PUBLISHED_EVIDENCE;
  const evidence = evidenceOf(await readResult(file), settings);
  if (evidence.targets.length > 0) return evidence;
  throw new TypeError(`${file} has no driver of which create, get, put, remove and writes were measured.`);
}
