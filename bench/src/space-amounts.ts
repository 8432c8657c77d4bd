import { caseId, OPERATIONS, type Operation, type SpaceCase } from './bench-case.ts';
import type { BenchResult } from './bench-result.ts';
import type { Summary } from './statistics.ts';
import { bytesByRound, summarizeIn, type ValuesByRound } from './summaries.ts';

/** What the steps of `space` are called. */
export const SPACE_STEPS: Readonly<Partial<Record<Operation, string>>> = {
  idle: 'a sync alone',
  plain: 'append to a plain file',
  first: 'first append',
  second: 'second append',
  truncate: 'truncate to half',
  unlink: 'remove of the file',
};

/** What a step of `space` came to on a target; `undefined` where it was not counted. */
export interface SpaceAmount {
  readonly operation: Operation;
  /** What the driver says that removing the container would give back, after the step. */
  readonly bytes: Summary | undefined;
  /** What is in use beyond what was before the container was created, after the step. */
  readonly allocated: Summary | undefined;
  /** What the device was made to write, the sync after the step included. */
  readonly deviceBytes: Summary | undefined;
  /** That, as a multiple of what the program wrote; `undefined` also where it wrote nothing. */
  readonly amplification: Summary | undefined;
}

/** The cases of `space` in a result. */
export function spaceCases(result: BenchResult): SpaceCase[] {
  return Object.values(result.cases).filter((of): of is SpaceCase => of.workload === 'space');
}

/** The amounts of all steps, in their order. */
export function spaceAmounts(result: BenchResult, target: string, of: SpaceCase): SpaceAmount[] {
  const id = caseId(of);
  return OPERATIONS.space.map((operation) => {
    const device = bytesByRound(result, target, id, operation, 'deviceBytes');
    const written = bytesWritten(of, operation);
    return {
      operation,
      bytes: summarizeIn(result, bytesByRound(result, target, id, operation)),
      allocated: summarizeIn(result, bytesByRound(result, target, id, operation, 'allocated')),
      deviceBytes: summarizeIn(result, device),
      amplification: written === 0 ? undefined : summarizeIn(result, multiplesOf(device, written)),
    };
  });
}

/** How many bytes the program writes in a step. */
function bytesWritten({ append }: SpaceCase, operation: Operation): number {
  return operation === 'plain' || operation === 'first' || operation === 'second' ? append : 0;
}

function multiplesOf(values: ValuesByRound, unit: number): ValuesByRound {
  return values.map((round) => round.map((value) => value / unit));
}

/** Targets whose device was written to by everybody else on the machine too, as far as the result says: not a file of its own. */
export function sharedDevices(result: BenchResult): readonly string[] {
  const counted = new Set(
    result.samples.flatMap(({ target, deviceBytes }) => (deviceBytes === undefined ? [] : [target])),
  );
  return result.targets
    .filter(({ label, filesystem }) => counted.has(label) && !/^\/dev\/loop\d+$/.test(filesystem.source ?? ''))
    .map(({ label }) => label);
}
