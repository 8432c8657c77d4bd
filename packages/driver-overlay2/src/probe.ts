import { type OpenOptions, type ProbeReport, StorageError, type StorageErrorCode } from '@graphdriver/core';
import { probeRoot } from '@graphdriver/driver-kit';
import { type HostFacts, lookAtHost } from './host-facts.ts';
import { checkOptions } from './options.ts';
import { overlay2Capabilities } from './overlay2-capabilities.ts';
import { overlayChecks, unsuitability } from './probe-checks.ts';

/** Tries on this host and root all that the driver needs, and leaves nothing behind. */
export async function probe(options: OpenOptions): Promise<ProbeReport> {
  const facts = await lookAtHost(checkOptions(options));
  return probeRoot({
    driver: 'overlay2',
    options,
    unsuitable: () => unsuitability(facts),
    more: async () => overlayChecks(facts),
    capabilities: () => overlay2Capabilities(facts),
  });
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
