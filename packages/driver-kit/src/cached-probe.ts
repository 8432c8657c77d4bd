import type { OpenOptions, ProbeReport, SettingSpec } from '@graphdriver/core';
import { checkOpenOptions } from './open-options.ts';
import { recall, remember } from './probe-cache.ts';
import { hasLayers } from './probe-root.ts';
import type { ProbeSubject } from './probe-surroundings.ts';

/** Whose probe is to be remembered. */
export interface CachedProbeRequest {
  readonly driver: string;
  /** To be changed with what the driver's reports say or are made of. */
  readonly format: number;
  readonly options: OpenOptions;
  readonly known: readonly SettingSpec[];
  /** Those that hold for the root. */
  readonly settings: ProbeSubject['settings'];
}

/** What a probe saw just now. */
export interface FreshProbe {
  readonly report: ProbeReport;
  /** It will be true the next time, unless something is changed: not so of a full disk. */
  readonly lasts: boolean;
}

/**
 * Answers a probe from what an earlier one saw, where that was a host on which the driver works and nothing has changed since, and
 * looks afresh otherwise. Whether the root holds layers is always looked at.
 *
 * @throws {TypeError} for what are no options of the driver
 */
export async function cachedProbe(request: CachedProbeRequest, fresh: () => Promise<FreshProbe>): Promise<ProbeReport> {
  const { driver, format, options, known, settings } = request;
  const { root, mountWith } = checkOpenOptions(options, { driver, known });
  const subject = { driver, about: 'report', format, root, mountWith, settings };
  const remembered = recall(subject);
  if (isReport(remembered)) return { ...remembered, priorState: hasLayers(root, driver) };
  const { report, lasts } = await fresh();
  if (report.usable && lasts) remember(subject, report);
  return report;
}

/** The file is our own, and says in which form it is: what is looked at here is that it is whole. */
function isReport(value: unknown): value is ProbeReport {
  if (typeof value !== 'object' || value === null) return false;
  return 'usable' in value && value.usable === true && 'checks' in value && 'capabilities' in value;
}
