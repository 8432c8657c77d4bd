import { type OpenOptions, type ProbeReport, StorageError, type StorageErrorCode } from '@graphdriver/core';
import {
  type CheckedOptions,
  cachedProbe,
  checkOpenOptions,
  type FreshProbe,
  probeRoot,
  unlessRefused,
} from '@graphdriver/driver-kit';
import { FACTS_FORMAT, type HostFacts, lookAtHost } from './host-facts.ts';
import { OVERLAY2_SETTINGS, type OverlaySettings, overlaySettings, readSettings } from './options.ts';
import { overlay2Capabilities } from './overlay2-capabilities.ts';
import { overlayChecks, unsuitability } from './probe-checks.ts';

/** Tries on this host and root all that the driver needs, and leaves nothing behind; or remembers what it saw there before. */
export async function probe(options: OpenOptions): Promise<ProbeReport> {
  const checked = checkOpenOptions(options, { driver: 'overlay2', known: OVERLAY2_SETTINGS });
  const settings = unlessRefused(() => overlaySettings(checked));
  // Where the root says no to the settings, which is a failed check of every driver's probe, what is given is tried all the same.
  if (settings === null) return (await freshProbe(checked, readSettings(checked.settings, false))).report;
  const request = {
    driver: 'overlay2',
    format: FACTS_FORMAT,
    options,
    known: OVERLAY2_SETTINGS,
    settings: { ...settings },
  };
  return cachedProbe(request, () => freshProbe(checked, settings));
}

async function freshProbe(options: CheckedOptions, settings: OverlaySettings): Promise<FreshProbe> {
  const facts = await lookAtHost(options, settings);
  const report = await probeRoot({
    driver: 'overlay2',
    options,
    settings: OVERLAY2_SETTINGS,
    unsuitable: () => unsuitability(facts),
    more: async () => overlayChecks(facts),
    capabilities: () => overlay2Capabilities(facts),
  });
  return { report, lasts: facts.noSpace === null };
}

/** Why the driver cannot work on a host of which this was found out, or `undefined` where it can. */
export function refusalOf(facts: HostFacts, root: string): StorageError | undefined {
  if (facts.missingPrivileges.length > 0) {
    const missing = facts.missingPrivileges.map((name) => `CAP_${name.toUpperCase()}`).join(', ');
    return refusal(
      'PERMISSION_DENIED',
      root,
      `This process lacks ${missing}.`,
      'Run as root, with these capabilities.',
    );
  }
  const against = unsuitability(facts);
  if (against !== null) return refusal('UNSUITABLE_FILESYSTEM', root, against.why, against.remedy);
  const failed = overlayChecks(facts).find((check) => check.required && !check.passed);
  if (failed === undefined) return undefined;
  const refused = failed.check === 'privileges' || facts.roomObstacle?.code === 'EACCES';
  return refusal(refused ? 'PERMISSION_DENIED' : 'PREREQUISITE_MISSING', root, failed.why, failed.remedy);
}

function refusal(code: StorageErrorCode, root: string, why: string, hint: string | undefined): StorageError {
  return new StorageError(code, `overlay2 does not work on ${root}: ${why}`, hint === undefined ? {} : { hint });
}
