import type { BenchCase, Operation } from '../bench-case.ts';
import type { EnvironmentDifference } from './environment-difference.ts';
import type { RatioEstimate } from './paired-ratio.ts';

/**
 * What a comparison comes to. `slower` and `faster` are called where chance is an unlikely reason, the number of tests considered;
 * `same` where the whole interval lies within the margin; `unclear` is everything else, and says that more rounds are needed.
 */
export type DifferenceVerdict = 'slower' | 'faster' | 'same' | 'unclear';

/** What all comparisons have. */
export interface JudgedRatio extends RatioEstimate {
  /** The target of the later result. */
  readonly target: string;
  readonly operation: Operation;
  /** Work on a plain directory, with which no driver has to do: where it differs, the machines did. Not part of any verdict. */
  readonly control: boolean;
  /** p with regard to how many tests were made. */
  readonly adjustedP: number;
  readonly verdict: DifferenceVerdict;
}

/** One operation of one case. */
export interface CaseComparison extends JudgedRatio {
  readonly case: string;
  /** Medians of all samples, in nanoseconds. */
  readonly before: number;
  readonly after: number;
}

/** One operation over all cases of a workload, each of them counting alike. Finds smaller differences than a case does. */
export interface OperationComparison extends JudgedRatio {
  readonly workload: BenchCase['workload'];
  readonly cases: number;
}

/** One of the runs. */
export interface ComparedRun {
  readonly startedAt: string;
  readonly commit: string | null;
  readonly complete: boolean;
  /** Of the compared targets. */
  readonly rounds: number;
}

/** A case that only one of the runs has. */
export interface UnmatchedCase {
  readonly only: 'before' | 'after';
  readonly target: string;
  readonly case: string;
}

/** Two runs compared. */
export interface Comparison {
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  /** As in 0.05: what is within ±5 % is the same. */
  readonly margin: number;
  readonly environment: readonly EnvironmentDifference[];
  readonly operations: readonly OperationComparison[];
  readonly cases: readonly CaseComparison[];
  readonly unmatched: readonly UnmatchedCase[];
  readonly verdict: DifferenceVerdict | 'mixed';
  /** Sentences about what weakens the comparison. */
  readonly notes: readonly string[];
}
