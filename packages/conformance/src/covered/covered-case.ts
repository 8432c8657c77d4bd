/** A case of another suite: the checks that cover it, or the reason why none does. */
export interface CoveredCase {
  readonly suite: string;
  readonly name: string;
  readonly checks?: readonly string[];
  readonly reason?: string;
}

/** What a suite's cases became, by their names there: ids of checks, or a sentence that says why there is none. */
export type CaseTable = Readonly<Record<string, readonly string[] | string>>;

/** Cases of one suite from a table. */
export function casesOf(suite: string, table: CaseTable): readonly CoveredCase[] {
  return Object.entries(table).map(([name, found]) =>
    typeof found === 'string' ? { suite, name, reason: found } : { suite, name, checks: found },
  );
}
