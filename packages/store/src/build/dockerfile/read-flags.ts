import { invalidAt, unsupportedAt } from '../build-error.ts';
import type { LogicalLine } from './logical-lines.ts';

/** Options before the arguments of an instruction, and what follows them. */
export interface Flags {
  readonly values: ReadonlyMap<string, string>;
  readonly rest: string;
}

/** What Docker knows beside what this builder takes. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  FROM: ['platform'],
  RUN: ['mount', 'network', 'security', 'device'],
  COPY: ['link', 'parents', 'exclude'],
  ADD: ['link', 'checksum', 'keep-git-dir', 'exclude', 'unpack'],
};

const FLAG = /^--([a-zA-Z][a-zA-Z0-9-]*)(?:=(.*))?$/s;

/**
 * Reads `--name=value` words from the beginning of an instruction's rest.
 *
 * @throws {StoreError} `UNSUPPORTED_INSTRUCTION` for one that Docker knows, `INVALID_DOCKERFILE` for an unknown or repeated one, or one
 *   without a value
 */
export function readFlags(line: LogicalLine, keyword: string, rest: string, taken: readonly string[]): Flags {
  const values = new Map<string, string>();
  let remaining = rest;
  while (remaining.startsWith('--')) {
    const end = remaining.search(/\s/);
    const word = end === -1 ? remaining : remaining.slice(0, end);
    remaining = end === -1 ? '' : remaining.slice(end).trimStart();
    if (word === '--') break;
    const [, name, value] = FLAG.exec(word) ?? [];
    if (name === undefined) throw invalidAt(line, `${word} is not an option.`);
    if (REFUSED[keyword]?.includes(name) === true)
      throw unsupportedAt(line, `${keyword} --${name} is not carried out here.`);
    if (!taken.includes(name))
      throw invalidAt(line, `${keyword} has no option --${name}.`, optionsHint(keyword, taken));
    if (values.has(name)) throw invalidAt(line, `--${name} stands here twice.`);
    if (value === undefined || value === '') throw invalidAt(line, `--${name} has no value.`, `Write --${name}=VALUE.`);
    values.set(name, value);
  }
  return { values, rest: remaining };
}

function optionsHint(keyword: string, taken: readonly string[]): string {
  return taken.length === 0 ? `${keyword} takes none.` : `It takes ${taken.map((name) => `--${name}`).join(', ')}.`;
}
