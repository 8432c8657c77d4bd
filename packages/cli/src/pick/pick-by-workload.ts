import { type Evidence, evidenceOf, KNOWN_PROFILES, type WorkloadProfile, writeResult } from '@graphdriver/bench';
import type { DriverSettings, Selection } from '@graphdriver/core';
import type { GlobalOptions } from '../composition.ts';
import { note } from '../terminal.ts';
import { measureRoot } from './measure-root.ts';
import { readEvidence, readWorkload } from './read-sources.ts';
import { type EvidenceOrigin, type Weighing, weighEvidence } from './weigh-evidence.ts';

/** What a pick by workload goes by. */
export interface WorkloadOptions extends GlobalOptions {
  readonly allowFullCopy?: boolean;
  /** A name or a file; all that have names unless given. */
  readonly workload?: string;
  /** Measure at the root. */
  readonly measure?: boolean;
  /** Keep what was measured in this file. */
  readonly out?: string;
  /** Go by this file. */
  readonly from?: string;
}

/** Weighs the workload that was named, or all that have names, by costs that were published, measured before, or are measured now. */
export async function pickByWorkload(
  selection: Selection,
  options: WorkloadOptions,
  settings: Readonly<Record<string, DriverSettings>>,
  signal: AbortSignal,
): Promise<readonly Weighing[]> {
  const profiles = options.workload === undefined ? KNOWN_PROFILES : [await readWorkload(options.workload)];
  const { evidence, origin } = await evidenceOn(selection, { profiles, options, settings, signal });
  const allowFullCopy = options.allowFullCopy === true;
  return profiles.map((profile) => weighEvidence(selection, { profile, evidence, origin, allowFullCopy }));
}

interface Sources {
  readonly profiles: readonly WorkloadProfile[];
  readonly options: WorkloadOptions;
  readonly settings: Readonly<Record<string, DriverSettings>>;
  readonly signal: AbortSignal;
}

async function evidenceOn(
  selection: Selection,
  sources: Sources,
): Promise<{ readonly evidence: Evidence; readonly origin: EvidenceOrigin }> {
  const { options, settings } = sources;
  if (options.measure !== true) {
    const origin = options.from === undefined ? 'published' : 'file';
    return { evidence: await readEvidence(options.from, settings), origin };
  }
  const result = await measureRoot(selection, sources);
  if (!result.complete) note('The time was up before all was measured: what is missing is not in the answer.');
  if (options.out !== undefined) {
    await writeResult(options.out, result);
    note(`What was measured is in ${options.out}, for pick --from.`);
  }
  return { evidence: evidenceOf(result, settings), origin: 'measured' };
}
