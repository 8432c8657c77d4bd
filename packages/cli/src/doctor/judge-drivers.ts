import type { ProbeCheck, ProbeReport } from '@graphdriver/core';
import { type Finding, finding, type Said } from './finding.ts';
import { REFLINK } from './judge-ground.ts';

/** What the drivers' own probes say: which of them work, what keeps the others, and what would make those that work better. */
export function judgeDrivers(reports: readonly ProbeReport[], requested: string | null): readonly Finding[] {
  const works = reports.some(({ usable }) => usable);
  return [
    ...reports.map((report) =>
      report.usable ? working(report) : refused(report, !works || isNeeded(report, requested)),
    ),
    ...onlyCopying(reports),
    ...severalPriors(reports, requested),
    ...comforts(reports),
  ].map((said) => finding('drivers', said));
}

/** Somebody relies on it: by asking for it, or by the layers that it has. */
function isNeeded({ driver, priorState }: ProbeReport, requested: string | null): boolean {
  return driver === requested || priorState;
}

function working({ driver, filesystem, priorState }: ProbeReport): Said {
  const layers = priorState ? ', and has layers here' : '';
  return {
    check: 'works',
    severity: 'fine',
    sentence: `${driver} works on ${filesystem}${layers}.`,
    drivers: [driver],
  };
}

function refused({ driver, checks, priorState }: ProbeReport, matters: boolean): Said {
  const failed = checks.find(({ passed, required }) => required && !passed);
  const layers = priorState ? ', and has layers here' : '';
  return {
    check: 'works',
    severity: matters ? 'problem' : 'fine',
    sentence: `${driver} does not work here${layers}: ${failed?.why ?? 'a required check failed.'}`,
    remedy: failed?.remedy,
    drivers: [driver],
  };
}

function onlyCopying(reports: readonly ProbeReport[]): readonly Said[] {
  const usable = reports.filter((report) => report.usable);
  if (usable.length === 0 || usable.some(({ capabilities }) => capabilities?.copyOnWrite !== 'none')) return [];
  return [
    {
      check: 'copy-on-write',
      severity: 'advice',
      sentence: 'Only drivers work that copy every layer in full, and none is picked without being asked for.',
      remedy: 'Mend what keeps another driver, or ask for one of these by --driver.',
      drivers: usable.map(({ driver }) => driver),
    },
  ];
}

function severalPriors(reports: readonly ProbeReport[], requested: string | null): readonly Said[] {
  const prior = reports.filter(({ priorState }) => priorState).map(({ driver }) => driver);
  if (prior.length < 2 || requested !== null) return [];
  return [
    {
      check: 'several-drivers',
      severity: 'advice',
      sentence: `The root has layers of ${prior.join(', ')}, so that no driver is picked for it.`,
      remedy: 'Say which one by --driver or GRAPHDRIVER_DRIVER.',
      drivers: prior,
    },
  ];
}

/** Optional checks that failed, each told once for all drivers that have it; that of the file system among its own. */
function comforts(reports: readonly ProbeReport[]): readonly Said[] {
  const found = new Map<string, { readonly first: ProbeCheck; readonly drivers: string[] }>();
  for (const { driver, usable, checks } of reports) {
    if (!usable) continue;
    for (const check of checks.filter(
      ({ check: name, passed, required }) => !passed && !required && name !== REFLINK,
    )) {
      const known = found.get(check.check);
      if (known === undefined) found.set(check.check, { first: check, drivers: [driver] });
      else known.drivers.push(driver);
    }
  }
  return [...found.values()].map(({ first, drivers }) => ({
    check: first.check,
    severity: 'advice',
    sentence: first.why,
    remedy: first.remedy,
    drivers,
  }));
}
