import { columns, paint } from '../terminal.ts';
import { type Finding, type FindingGroup, GROUPS, type Severity } from './finding.ts';

const TITLES: Readonly<Record<FindingGroup, string>> = {
  kernel: 'Kernel',
  filesystem: 'File system',
  drivers: 'Drivers',
  tools: 'Tools',
  leftovers: 'Leftovers',
};
const STYLES = { fine: 'green', advice: 'yellow', problem: 'red' } as const;

/** Findings for people: by group, each with what to do, and how many there are of each kind. */
export function renderFindings(findings: readonly Finding[]): string {
  const groups = GROUPS.map((group) => {
    const rows = findings.filter((each) => each.group === group).map(rowOf);
    return rows.length === 0 ? [] : [`${paint('bold', TITLES[group])}\n${columns([], rows)}`];
  });
  return [...groups.flat(), summaryOf(findings)].join('\n\n');
}

/** How many findings there are of each severity. */
export function countFindings(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length;
  return { fine: count('fine'), advice: count('advice'), problem: count('problem') };
}

function rowOf({ severity, check, sentence, remedy, drivers }: Finding): readonly string[] {
  // Sentences of one driver name it themselves.
  const whom = drivers.length > 1 ? ` (${drivers.join(', ')})` : '';
  return [`  ${paint(STYLES[severity], severity)}`, check, `${sentence}${whom}${remedy === null ? '' : ` ${remedy}`}`];
}

function summaryOf(findings: readonly Finding[]): string {
  const { advice, problem } = countFindings(findings);
  if (problem > 0) return paint('red', `${problem} ${problem === 1 ? 'problem' : 'problems'}, ${advice} with advice.`);
  return advice > 0 ? paint('yellow', `No problems, ${advice} with advice.`) : paint('green', 'All is well.');
}
