import { StoreError } from '../../store-error.ts';
import { type DockerfilePlace, invalidAt, unsupportedAt } from '../build-error.ts';
import {
  type ArgInstruction,
  type FromInstruction,
  type Instruction,
  type StageInstruction,
  UNSUPPORTED,
} from './instruction.ts';
import { type LogicalLine, readLogicalLines } from './logical-lines.ts';
import { jsonStrings, readCommand, readList, readPairs } from './read-arguments.ts';
import { readCopy } from './read-copy.ts';
import { readFlags } from './read-flags.ts';
import { splitBlanks, splitWords } from './split-words.ts';

/** A FROM and what follows it. */
export interface Stage {
  readonly from: FromInstruction;
  readonly instructions: readonly StageInstruction[];
}

/** A Dockerfile that says nothing wrong by itself. */
export interface Dockerfile {
  readonly escapeChar: string;
  /** ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
}

/** Larger than this no Dockerfile is. */
const LARGEST = 4 << 20;
const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;
const ARG_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads a Dockerfile. Nothing is carried out, and no variable expanded.
 *
 * @throws {StoreError} `INVALID_DOCKERFILE` and `UNSUPPORTED_INSTRUCTION`, with `details.line`
 */
export function parseDockerfile(text: string): Dockerfile {
  if (text.length > LARGEST)
    throw new StoreError('INVALID_DOCKERFILE', `A Dockerfile has at most ${LARGEST} characters.`);
  if (text.includes('\0'))
    throw new StoreError('INVALID_DOCKERFILE', 'The Dockerfile holds a zero byte: it is no text.');
  const { escapeChar, lines } = readLogicalLines(text);
  const globalArgs: ArgInstruction[] = [];
  const stages: { from: FromInstruction; instructions: StageInstruction[] }[] = [];
  for (const line of lines) {
    const instruction = parseInstruction(line, escapeChar);
    const stage = stages.at(-1);
    if (instruction.keyword === 'FROM') {
      refuseTakenName(instruction, stages);
      stages.push({ from: instruction, instructions: [] });
    } else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.keyword === 'ARG') globalArgs.push(instruction);
    else throw invalidAt(line, `${instruction.keyword} stands before the first FROM.`, 'Only ARG may.');
  }
  if (stages.length === 0) throw new StoreError('INVALID_DOCKERFILE', 'The Dockerfile has no FROM.');
  return { escapeChar, globalArgs, stages };
}

function refuseTakenName(from: FromInstruction, stages: readonly { readonly from: FromInstruction }[]): void {
  if (from.name !== null && stages.some((stage) => stage.from.name === from.name))
    throw invalidAt(from, `an earlier stage is already called ${from.name}.`);
}

/** Reads one instruction. @throws {StoreError} `INVALID_DOCKERFILE`, `UNSUPPORTED_INSTRUCTION` */
function parseInstruction(line: LogicalLine, escapeChar: string): Instruction {
  const blank = line.text.search(/\s/);
  const word = blank === -1 ? line.text : line.text.slice(0, blank);
  const rest = blank === -1 ? '' : line.text.slice(blank).trim();
  const keyword = word.toUpperCase();
  if (UNSUPPORTED.includes(keyword)) throw unsupportedAt(line, `${keyword} is not carried out here.`);
  const common = { line: line.line, source: line.source, text: `${keyword} ${rest}`.trim() };
  const plain = (): string => needed(line, keyword, readFlags(line, keyword, rest, []).rest);
  switch (keyword) {
    case 'FROM':
      return { ...common, ...parseFrom(line, rest) };
    case 'ARG':
      return { ...common, keyword, args: parseArgs(line, plain(), escapeChar) };
    case 'ENV':
    case 'LABEL':
      return { ...common, keyword, pairs: readPairs(line, keyword, plain(), escapeChar) };
    case 'RUN': {
      const command = readCommand(line, plain());
      if (command.form === 'exec' && command.args.length === 0) throw invalidAt(line, 'RUN has nothing to run.');
      return { ...common, keyword, command, heredocs: line.heredocs };
    }
    case 'CMD':
    case 'ENTRYPOINT':
      return { ...common, keyword, command: readCommand(line, rest) };
    case 'SHELL':
      return { ...common, keyword, args: parseShell(line, plain()) };
    case 'COPY':
    case 'ADD':
      return { ...readCopy(line, keyword, rest, escapeChar), text: common.text };
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return { ...common, keyword, value: plain() };
    case 'EXPOSE':
      return { ...common, keyword, words: splitBlanks(plain()) };
    case 'VOLUME':
      return { ...common, keyword, words: parseVolumes(line, plain()) };
    default:
      throw invalidAt(line, `there is no instruction ${JSON.stringify(word.slice(0, 40))}.`);
  }
}

function parseFrom(line: LogicalLine, text: string): Pick<FromInstruction, 'keyword' | 'image' | 'name'> {
  const [image, as, name, ...more] = splitBlanks(readFlags(line, 'FROM', text, []).rest);
  if (image === undefined) throw invalidAt(line, 'FROM names no image.');
  if (as === undefined) return { keyword: 'FROM', image, name: null };
  if (as.toUpperCase() !== 'AS' || name === undefined || more.length > 0)
    throw invalidAt(line, 'FROM takes an image, or an image AS a name.');
  const lower = name.toLowerCase();
  if (!STAGE_NAME.test(lower))
    throw invalidAt(
      line,
      `${name} is not the name of a stage.`,
      'It begins with a letter and goes on with those, digits, -, _ and dots.',
    );
  return { keyword: 'FROM', image, name: lower };
}

function parseArgs(line: LogicalLine, text: string, escapeChar: string): ArgInstruction['args'] {
  return splitWords(text, escapeChar).map((word) => {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    if (!ARG_NAME.test(name)) throw invalidAt(line, `${JSON.stringify(name)} is not the name of a variable.`);
    return { name, value: equals === -1 ? null : word.slice(equals + 1) };
  });
}

function parseShell(line: LogicalLine, text: string): readonly string[] {
  const args = jsonStrings(line, text);
  if (args === undefined || args.length === 0)
    throw invalidAt(line, 'SHELL takes a list in JSON.', 'Write SHELL ["/bin/bash", "-c"].');
  return args;
}

function parseVolumes(line: LogicalLine, text: string): readonly string[] {
  const words = readList(line, text);
  if (words.length === 0) throw invalidAt(line, 'VOLUME names no path.');
  return words;
}

function needed(place: DockerfilePlace, keyword: string, rest: string): string {
  if (rest === '') throw invalidAt(place, `${keyword} has no arguments.`);
  return rest;
}
