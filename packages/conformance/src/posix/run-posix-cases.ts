import { StorageError } from '@graphdriver/core';
import { hasPrivilege } from '@graphdriver/host';
import type { CheckResult, Deviations } from '../check.ts';
import { judgeDeviation } from '../ending.ts';
import { selectChecks } from '../run-conformance.ts';
import { allPosixCases } from './all-posix-cases.ts';
import type { PosixAnswer } from './posix-order.ts';
import { followOrder } from './posix-process.ts';
import { directoryStage, type PosixStage } from './posix-stage.ts';

/** Options of {@link runPosixCases}. */
export interface PosixOptions {
  /** How what the cases need comes to lie where they run; in the directory itself unless given. */
  readonly stage?: PosixStage;
  /** Ids of cases, or calls as in `rename`. All unless given. */
  readonly only?: readonly string[];
  /** Ids of cases that fail here, and why. Such a case is still run and must still fail. */
  readonly deviations?: Deviations;
  /** Ends the run at once. */
  readonly signal?: AbortSignal;
  /** Told each result as soon as it is there. */
  readonly onProgress?: (result: CheckResult) => void;
}

/**
 * Runs the cases from the manual pages in a new directory inside `directory`, in another process, one after another, each in a directory
 * of its own. Takes some five seconds. Everything is removed afterwards.
 *
 * @throws {StorageError} `PERMISSION_DENIED` for who is not root, since the cases are other users; `ABORTED`
 * @throws {TypeError} for a name in `only` that selects nothing
 */
export async function runPosixCases(directory: string, options: PosixOptions = {}): Promise<readonly CheckResult[]> {
  const { stage = directoryStage(directory), signal, deviations = {} } = options;
  const chosen = selectChecks(allPosixCases, options.only);
  if (!hasPrivilege('sys_admin')) {
    throw new StorageError('PERMISSION_DENIED', 'The cases of POSIX cannot become other users.', {
      hint: 'Run them as root.',
    });
  }
  const titles = new Map(chosen.map(({ id, title }) => [id, title]));
  const results: CheckResult[] = [];
  const note = ({ id, duration, ...ending }: PosixAnswer): void => {
    const deviation = deviations[id];
    const { outcome, reason } = deviation === undefined ? ending : judgeDeviation(ending, deviation);
    const result = { id, title: titles.get(id) ?? id, outcome, duration, ...(reason === undefined ? {} : { reason }) };
    results.push(result);
    options.onProgress?.(result);
  };
  const unstaged = new Set<string>();
  await using ground = await stage.prepare((path) =>
    followOrder(
      { phase: 'stage', directory: path, ids: [...titles.keys()] },
      {
        signal,
        onAnswer: (answer) => {
          if (answer.outcome === 'passed') return;
          unstaged.add(answer.id);
          note(answer);
        },
      },
    ),
  );
  const ids = [...titles.keys()].filter((id) => !unstaged.has(id));
  await followOrder({ phase: 'run', directory: ground.path, ids }, { signal, onAnswer: note });
  return results;
}
