import { totalmem } from 'node:os';
import type { Capabilities } from '@graphdriver/core';
import { canReflink } from '@graphdriver/host';
import { type BenchCase, caseId } from './bench-case.ts';
import type { RunConfiguration, SkipRecord, TargetRecord } from './bench-result.ts';
import { type BenchTarget, loadDriver, openOptions } from './bench-target.ts';
import { type CasePlan, groupsMilliseconds, planCases, type WorkGroup } from './case-plan.ts';
import { coldCacheReason } from './cold-cache.ts';
import { readFilesystem } from './environment.ts';
import { missingCommand } from './inside/inside-program.ts';
import { INSIDE_PROGRAMS } from './inside/inside-programs.ts';
import { timeLayer } from './time-layer.ts';

/** What bounds a run. */
export interface PlanOptions {
  /** Bytes that one round of a case may write before it is skipped as too expensive; 1.5 GiB unless given. */
  readonly budget?: number;
  /** Milliseconds that one round of a case may take, its layers included, before it is skipped; 20,000 unless given. */
  readonly patience?: number;
  /** The greatest number of samples that are taken of a case in one round; 8 unless given. */
  readonly mostSamples?: number;
  /** Every round measures every target once, in a process of its own; 3 unless given. */
  readonly rounds?: number;
}

/** What is going to be measured on a target, and what is not. */
export interface TargetPlan {
  readonly target: BenchTarget;
  readonly record: TargetRecord;
  readonly groups: readonly WorkGroup[];
  readonly skips: readonly SkipRecord[];
  /** A guess of the time that all rounds of the target take. */
  readonly milliseconds: number;
}

/** Rounds of a run that does not say. */
export const ROUNDS = 3;

const DEFAULTS: RunConfiguration = { budget: 1.5 * 1024 ** 3, patience: 20_000, mostSamples: 8, timeout: 60_000 };

/** What bounds a run: what was asked for, or else what an earlier part of it was bounded by, or else the defaults. */
export function configurationOf(
  { budget, patience, mostSamples, timeout }: PlanOptions & { readonly timeout?: number },
  earlier: RunConfiguration = DEFAULTS,
): RunConfiguration {
  return {
    budget: budget ?? earlier.budget,
    patience: patience ?? earlier.patience,
    mostSamples: mostSamples ?? earlier.mostSamples,
    timeout: timeout ?? earlier.timeout,
  };
}

/**
 * Looks whether a target's driver works at `root`, a directory on the file system to be measured, and decides which cases are measured.
 * Probing changes nothing that stays. Where the cases need long chains of layers a few are made and removed, to foresee what they cost.
 */
export async function planTarget(
  target: BenchTarget,
  cases: readonly BenchCase[],
  root: string,
  options: PlanOptions & { readonly signal?: AbortSignal } = {},
): Promise<TargetPlan> {
  const module = await loadDriver(target.source);
  const filesystem = readFilesystem(target.directory);
  const { capabilities, checks } = await module.probe(openOptions(root, target));
  const record: TargetRecord = {
    label: target.label,
    driver: module.name,
    settings: target.settings ?? {},
    volatile: target.volatile === true,
    capabilities,
    filesystem,
    reflinks: capabilities === null ? null : canReflink(target.directory),
  };
  const refusal =
    capabilities === null
      ? `${module.name} does not work there: ${checks.find((check) => check.required && !check.passed)?.why ?? 'A check failed.'}`
      : volatileRefusal(record, capabilities);
  const { budget, patience, mostSamples } = configurationOf(options);
  const { groups, skipped }: CasePlan =
    capabilities === null || refusal !== undefined
      ? { groups: [], skipped: cases.map((of) => ({ case: caseId(of), reason: refusal ?? '' })) }
      : planCases(cases, {
          copyOnWrite: capabilities.copyOnWrite,
          maxDepth: capabilities.maxDepth,
          reflinks: record.reflinks === true,
          free: filesystem.free,
          memory: totalmem(),
          budget,
          patience,
          mostSamples,
          coldRefusal: coldCacheReason(target.directory),
          layerMilliseconds: await timeLayer(target, cases, options.signal),
          programRefusal: (work) => missingCommand(INSIDE_PROGRAMS[work]),
        });
  return {
    target,
    record,
    groups,
    skips: skipped.map((skip) => ({ target: target.label, ...skip })),
    milliseconds: groupsMilliseconds(groups) * (options.rounds ?? ROUNDS),
  };
}

function volatileRefusal({ driver, volatile }: TargetRecord, capabilities: Capabilities): string | undefined {
  if (!volatile || capabilities.volatile) return undefined;
  return `${driver} makes no difference between volatile and other containers.`;
}
