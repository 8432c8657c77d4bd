import {
  count,
  described,
  environment,
  filesystem,
  firstFault,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  orNull,
  type Rule,
  text,
  time,
} from '../shape-rules.ts';
import { ROWS_VERSION, type RowsResult } from './rows-result.ts';

/** What a file of rows is, except for what one part of it says of another. */
export const rowsRule: Rule = object({
  $schema: optional(text),
  format: oneOf('graphdriver-rows'),
  version: oneOf(ROWS_VERSION),
  startedAt: time,
  endedAt: time,
  complete: flag,
  seed: count,
  environment,
  filesystem,
  rows: list(
    object({
      id: text,
      title: text,
      unit: oneOf('times', 'nanoseconds', 'bytes'),
      target: described('What the value should be at most; null for information.', orNull(number)),
      ours: text,
      theirs: described('null where the row has no reference.', orNull(text)),
      why: text,
      facts: list(text),
    }),
  ),
  samples: list(object({ row: text, side: oneOf('ours', 'theirs'), pair: count, value: number })),
  skips: list(object({ row: text, reason: text })),
});

/** Says where a parsed file of rows is not what it should be, or `undefined` where it is. */
export function findRowsFault(value: unknown): string | undefined {
  return rowsRule(value, 'result') ?? findStray(value);
}

/** Samples and skips belong to a row that is there, and the samples of a ratio come in pairs. */
function findStray(value: unknown): string | undefined {
  const { rows, samples, skips } = value as RowsResult; // The fields have just been looked at.
  const ids = new Set(rows.map(({ id }) => id));
  const stray = [...samples, ...skips].find(({ row }) => !ids.has(row));
  if (stray !== undefined) return `result.rows has no ${stray.row}`;
  return firstFault(rows, ({ id, theirs }) => {
    const pairs = (side: string): string =>
      samples
        .filter((sample) => sample.row === id && sample.side === side)
        .map(({ pair }) => pair)
        .sort((a, b) => a - b)
        .join();
    return pairs('theirs') === (theirs === null ? '' : pairs('ours')) ? undefined : `${id} has half a pair`;
  });
}
