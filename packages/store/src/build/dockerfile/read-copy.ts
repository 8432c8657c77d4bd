import { invalidAt, unsupportedAt } from '../build-error.ts';
import { heredocStart } from './heredoc.ts';
import type { CopyInstruction, CopySource } from './instruction.ts';
import type { LogicalLine } from './logical-lines.ts';
import { readList } from './read-arguments.ts';
import { readFlags } from './read-flags.ts';

const URL_START = /^(?:https?|ftp|git|ssh):\/\/|^git@/i;

/** Reads `COPY` or `ADD`. @throws {StoreError} `INVALID_DOCKERFILE`, `UNSUPPORTED_INSTRUCTION` (URLs, options) */
export function readCopy(
  line: LogicalLine,
  keyword: 'COPY' | 'ADD',
  text: string,
  escapeChar: string,
): CopyInstruction {
  const { values, rest } = readFlags(
    line,
    keyword,
    text,
    keyword === 'COPY' ? ['from', 'chown', 'chmod'] : ['chown', 'chmod'],
  );
  const words = readList(line, rest);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2)
    throw invalidAt(line, `${keyword} needs at least one source and a destination.`);
  if (heredocStart(destination, escapeChar) !== undefined) throw invalidAt(line, `${keyword} has no destination.`);
  const sources = readSources(line, words.slice(0, -1), escapeChar);
  if (sources.some(({ kind }) => kind === 'text') && values.has('from'))
    throw invalidAt(line, 'text of the Dockerfile comes from no stage: leave out --from.');
  return {
    line: line.line,
    source: line.source,
    text: line.text,
    keyword,
    sources,
    destination,
    from: values.get('from') ?? null,
    chown: values.get('chown') ?? null,
    chmod: values.get('chmod') ?? null,
  };
}

function readSources(line: LogicalLine, words: readonly string[], escapeChar: string): readonly CopySource[] {
  let next = 0;
  return words.map((word): CopySource => {
    const heredoc = heredocStart(word, escapeChar) === undefined ? undefined : line.heredocs[next];
    if (heredoc !== undefined) {
      next += 1;
      return { kind: 'text', heredoc };
    }
    if (URL_START.test(word))
      throw unsupportedAt(line, 'nothing is fetched from a network.', 'Fetch it into the build context first.');
    return { kind: 'path', path: word };
  });
}
