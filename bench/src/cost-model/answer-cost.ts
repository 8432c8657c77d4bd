import { type CacheState, OPERATIONS, type Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import type { CostFit, CostModel } from './cost-model.ts';
import { costSentence, groundSentences, limitSentence, misfitSentences } from './cost-sentences.ts';
import { type CostShape, type CostTerm, termsOf } from './cost-terms.ts';
import { fitCostModel } from './fit-cost-model.ts';
import { type CostLimit, costLimit, fullShape, type PredictedCost, predictCost } from './predict-cost.ts';

/** What somebody wants to know. */
export interface CostQuestion {
  readonly operation: Operation;
  readonly cache: CacheState;
  /** Terms that are not given are at the least that was measured. */
  readonly shape: CostShape;
  /** Also how far this term may grow under so many nanoseconds. */
  readonly limit?: { readonly term: CostTerm; readonly nanoseconds: number };
  /** Only targets of this driver. */
  readonly driver?: string;
  /** Only the target of this label. */
  readonly target?: string;
}

/** The answer for one target. */
export interface CostAnswer {
  readonly target: string;
  readonly driver: string;
  readonly filesystem: string;
  readonly operation: Operation;
  readonly cache: CacheState;
  readonly shape: CostShape;
  /** Nanoseconds. */
  readonly cost: PredictedCost;
  readonly limit: CostLimit | null;
  /** The answer in words; then what weakens it. */
  readonly sentences: readonly string[];
  readonly reservations: readonly string[];
  readonly model: CostModel;
}

/** All operations that may be asked for: those of which there are models. */
export const COST_OPERATIONS: readonly Operation[] = [...new Set(Object.values(OPERATIONS).flat())].filter(
  (operation) => termsOf(operation).length > 0,
);

/**
 * Answers a question about costs for each target that was measured, the cheapest first. Takes a quarter of a second for each.
 *
 * @throws {TypeError} where there is no such target, or nothing of the kind was measured on any
 */
export function answerCost(result: BenchResult, question: CostQuestion): readonly CostAnswer[] {
  const { driver, target: label, operation, cache } = question;
  const targets = result.targets.filter(
    (target) => (driver === undefined || target.driver === driver) && (label === undefined || target.label === label),
  );
  if (targets.length === 0) {
    const known = result.targets.map((target) => target.label).join(', ');
    throw new TypeError(`The result has no such target; it has ${known}.`);
  }
  const answers = targets.flatMap((target) => {
    const fit = fitCostModel(result, target, { operation, cache });
    return fit === undefined ? [] : [answer(fit, question)];
  });
  if (answers.length === 0) {
    const caches = cache === 'cold' ? ' with cold caches' : '';
    throw new TypeError(`The result has no ${operation}${caches} of ${targets.map((one) => one.label).join(', ')}.`);
  }
  return answers.sort((a, b) => a.cost.value - b.cost.value);
}

function answer(fit: CostFit, question: CostQuestion): CostAnswer {
  const { model } = fit;
  const shape = fullShape(model, question.shape);
  const cost = predictCost(fit, shape);
  const limit =
    question.limit === undefined ? undefined : costLimit(fit, shape, question.limit.term, question.limit.nanoseconds);
  return {
    target: model.target,
    driver: model.driver,
    filesystem: model.filesystem,
    operation: model.operation,
    cache: model.cache,
    shape,
    cost,
    limit: limit ?? null,
    sentences: [costSentence(model, shape, cost), ...(limit === undefined ? [] : [limitSentence(model, shape, limit)])],
    reservations: [...groundSentences(model, cost, shape), ...misfitSentences(model)],
    model,
  };
}
