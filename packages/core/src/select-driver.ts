import type { DriverModule, DriverSettings, MountRoute, OpenOptions, ProbeReport } from './driver-module.ts';
import { REMOVED_DRIVERS } from './removed-drivers.ts';
import { StorageError } from './storage-error.ts';

/** What {@link selectDriver} is asked. */
export interface SelectRequest {
  /** The directory that holds one directory per driver, each named after its driver. */
  readonly root: string;
  /** The name that the user insists on. It is then used or refused, and never replaced by another. */
  readonly driver?: string;
  /** Lets a driver win that copies every layer in full. Without it such a driver is used only by name or for the layers it already has. */
  readonly allowFullCopy?: boolean;
  readonly mountWith?: MountRoute;
  /** Settings by driver name; those of drivers that are not among the candidates are ignored. */
  readonly settings?: Readonly<Record<string, DriverSettings>>;
}

/** Which rule decided. */
export type SelectRule = 'requested' | 'prior-state' | 'first-usable' | 'full-copy-allowed';

/** A driver, and why it and not another. */
export interface Selection {
  readonly driver: DriverModule;
  readonly rule: SelectRule;
  /** The rule and what it saw, as a sentence. */
  readonly reason: string;
  /** One per candidate, in the order given. */
  readonly reports: readonly ProbeReport[];
}

/**
 * Chooses a driver among `candidates`, the first being liked best.
 *
 * 1. A name that was asked for is used, or the reason why not is thrown.
 * 2. Else the driver whose layers already lie under the root is used: images must not seem to vanish because a better driver came.
 *    If that driver no longer works, or several have layers, that is an error to be decided by a person.
 * 3. Else the first one that works and does not copy everything.
 * 4. A driver that copies every layer in full is never taken silently: only with `allowFullCopy`.
 *
 * All candidates are probed, so that the answer explains every rejection.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING`, `UNSUITABLE_FILESYSTEM` or `PERMISSION_DENIED` with the failed checks in
 *   `details.reports`; `UNSUPPORTED` for a name that is not among the candidates; `CORRUPT_ROOT` where several drivers have layers
 */
export async function selectDriver(candidates: readonly DriverModule[], request: SelectRequest): Promise<Selection> {
  if (request.driver !== undefined) refuseUnknownName(candidates, request.driver);
  const reports = await Promise.all(candidates.map((candidate) => candidate.probe(openOptions(candidate, request))));
  const found = candidates.map((driver, index) => ({ driver, report: reports[index] as ProbeReport })); // One report per candidate.

  if (request.driver !== undefined) {
    const wanted = found.find(({ driver }) => driver.name === request.driver);
    if (wanted === undefined || !wanted.report.usable) throw notUsable(request.driver, reports);
    return {
      driver: wanted.driver,
      rule: 'requested',
      reason: `${wanted.driver.name} was asked for and works here.`,
      reports,
    };
  }

  const prior = found.filter(({ report }) => report.priorState);
  const [only, another] = prior;
  if (only !== undefined && another !== undefined)
    throw severalPriors(
      prior.map(({ driver }) => driver.name),
      request.root,
      reports,
    );
  if (only !== undefined) {
    if (!only.report.usable) throw priorUnusable(only.driver.name, request.root, reports);
    return {
      driver: only.driver,
      rule: 'prior-state',
      reason: `${request.root} already holds layers of ${only.driver.name}.`,
      reports,
    };
  }

  const sharing = found.find(({ report }) => report.usable && report.capabilities?.copyOnWrite !== 'none');
  if (sharing !== undefined) {
    const name = sharing.driver.name;
    return {
      driver: sharing.driver,
      rule: 'first-usable',
      reason: `${name} is the first in order of preference that works here.`,
      reports,
    };
  }
  return fullCopy(found, request, reports);
}

/** How a candidate is to be probed, and opened where it is chosen: its own directory under the root, and its own settings. */
export function openOptions(candidate: DriverModule, request: SelectRequest): OpenOptions {
  const root = `${request.root.replace(/\/+$/, '')}/${candidate.name}`;
  const settings = request.settings?.[candidate.name];
  return {
    root,
    ...(request.mountWith === undefined ? {} : { mountWith: request.mountWith }),
    ...(settings === undefined ? {} : { settings }),
  };
}

function fullCopy(
  found: readonly { driver: DriverModule; report: ProbeReport }[],
  request: SelectRequest,
  reports: readonly ProbeReport[],
): Selection {
  const copying = found.find(({ report }) => report.usable);
  if (copying === undefined) throw notUsable(undefined, reports);
  const name = copying.driver.name;
  if (request.allowFullCopy !== true) {
    throw new StorageError(
      'PREREQUISITE_MISSING',
      `Only ${name} works on ${request.root}, and it copies every layer in full.`,
      {
        hint: `Mend a failed check of another driver, or accept the cost by asking for ${name} by name.`,
        details: { reports },
      },
    );
  }
  const reason = `Only ${name} works here; it copies every layer in full, which was allowed.`;
  return { driver: copying.driver, rule: 'full-copy-allowed', reason, reports };
}

function refuseUnknownName(candidates: readonly DriverModule[], name: string): void {
  if (candidates.some((candidate) => candidate.name === name)) return;
  const removed = Object.hasOwn(REMOVED_DRIVERS, name) ? REMOVED_DRIVERS[name] : undefined;
  throw new StorageError('UNSUPPORTED', `There is no driver ${name}.`, {
    hint: removed ?? `Choose one of ${candidates.map((candidate) => candidate.name).join(', ')}.`,
  });
}

function notUsable(name: string | undefined, reports: readonly ProbeReport[]): StorageError {
  const concerned = name === undefined ? reports : reports.filter((report) => report.driver === name);
  const failed = concerned.flatMap((report) => report.checks.filter((check) => check.required && !check.passed));
  const first = failed[0];
  const hints = [...new Set(failed.map((check) => check.remedy ?? check.why))];
  return new StorageError(
    refusalCode(first?.check),
    `${name === undefined ? 'No storage driver works' : `${name} does not work`} here: ${first?.why ?? 'There is none to choose from.'}`,
    {
      hint: hints.length > 0 ? hints.join(' ') : 'Give selectDriver at least one driver.',
      details: { reports },
    },
  );
}

/** The checks named `filesystem` and `privileges` are the two that every driver shares, and that have codes of their own. */
function refusalCode(
  check: string | undefined,
): 'PERMISSION_DENIED' | 'UNSUITABLE_FILESYSTEM' | 'PREREQUISITE_MISSING' {
  if (check === 'privileges') return 'PERMISSION_DENIED';
  return check === 'filesystem' ? 'UNSUITABLE_FILESYSTEM' : 'PREREQUISITE_MISSING';
}

function severalPriors(names: readonly string[], root: string, reports: readonly ProbeReport[]): StorageError {
  return new StorageError('CORRUPT_ROOT', `${root} holds layers of several drivers: ${names.join(', ')}.`, {
    hint: 'Say which one you mean by its name.',
    details: { reports },
  });
}

function priorUnusable(name: string, root: string, reports: readonly ProbeReport[]): StorageError {
  const refusal = notUsable(name, reports);
  return new StorageError(refusal.code, `${root} holds layers of ${name}, which no longer works here.`, {
    hint: `${refusal.hint ?? ''} Another driver would not see those layers; to start afresh ask for it by name.`.trim(),
    cause: refusal,
    details: { reports },
  });
}
