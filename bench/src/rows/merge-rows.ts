import type { RowRecord, RowsResult } from './rows-result.ts';

/**
 * Runs of rows as one for each machine and state of it, in the order in which these come first: rows of different machines stand apart.
 */
export function groupRows(results: readonly RowsResult[]): readonly RowsResult[] {
  const groups = new Map<string, RowsResult[]>();
  for (const result of results) {
    const machine = machineOf(result);
    groups.set(machine, [...(groups.get(machine) ?? []), result]);
  }
  return [...groups.values()].map(mergeRows);
}

/**
 * Several runs of rows on one machine as one: a row of a later run takes the place of the same row of an earlier one, and says in its
 * facts when and at which commit it was measured. The environment is that of the first run.
 *
 * @throws {TypeError} where there is no run, or they are of different machines or kernels
 */
export function mergeRows(results: readonly RowsResult[]): RowsResult {
  const [first, ...others] = results;
  if (first === undefined) throw new TypeError('There is at least one run of rows to merge.');
  return others.reduce(mergeTwo, first);
}

function mergeTwo(one: RowsResult, other: RowsResult): RowsResult {
  if (machineOf(one) !== machineOf(other)) {
    throw new TypeError(`The rows of ${one.startedAt} and ${other.startedAt} are of different machines or kernels.`);
  }
  const known = new Set(one.rows.map(({ id }) => id));
  const later = new Map(other.rows.map((row) => [row.id, dated(row, other)]));
  return {
    ...one,
    endedAt: [one.endedAt, other.endedAt].sort().at(-1) ?? one.endedAt,
    complete: one.complete && other.complete,
    rows: [
      ...one.rows.map((row) => later.get(row.id) ?? row),
      ...[...later.values()].filter(({ id }) => !known.has(id)),
    ],
    samples: [...one.samples.filter(({ row }) => !later.has(row)), ...other.samples],
    skips: [...one.skips.filter(({ row }) => !later.has(row)), ...other.skips],
  };
}

function dated(row: RowRecord, { startedAt, environment }: RowsResult): RowRecord {
  const commit = environment.commit === null ? '' : `, at commit ${environment.commit.slice(0, 12)}`;
  return { ...row, facts: [...row.facts, `Measured by itself on ${startedAt.slice(0, 10)}${commit}.`] };
}

function machineOf({ environment: { kernel, cpu, memory, node } }: RowsResult): string {
  return JSON.stringify([kernel, cpu, memory.total, node]);
}
