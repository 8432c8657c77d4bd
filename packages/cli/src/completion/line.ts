import type { Command, Option } from 'commander';

/** What the words before the unfinished one come to. */
export interface Line {
  readonly command: Command;
  readonly operands: readonly string[];
  /** Values of the options, by long name; an empty text for one that takes none. */
  readonly values: ReadonlyMap<string, string>;
  /** The option whose value comes next. */
  readonly waiting?: Option;
}

/** Reads the words before the unfinished one. */
export function readLine(program: Command, words: readonly string[]): Line {
  let command = program;
  let operands: string[] = [];
  const values = new Map<string, string>();
  let waiting: Option | undefined;
  for (const word of words) {
    if (waiting !== undefined) {
      values.set(waiting.long ?? '', word);
      waiting = undefined;
    } else if (word.startsWith('-')) {
      const [name = '', ...rest] = word.split('=');
      const option = optionOf(command, name);
      if (rest.length > 0) values.set(name, rest.join('='));
      else if (option?.isBoolean()) values.set(option.long ?? '', '');
      else waiting = option;
    } else {
      const next = operands.length === 0 ? commandNamed(command, word) : undefined;
      if (next === undefined) operands.push(word);
      else operands = [];
      command = next ?? command;
    }
  }
  return { command, operands, values, ...(waiting === undefined ? {} : { waiting }) };
}

function commandNamed(command: Command, name: string): Command | undefined {
  return command.commands.find((next) => next.name() === name || next.aliases().includes(name));
}

/** The option of this name, of the command or one of those above it. */
export function optionOf(command: Command | null, name: string): Option | undefined {
  if (command === null) return undefined;
  return command.options.find(({ long, short }) => long === name || short === name) ?? optionOf(command.parent, name);
}
