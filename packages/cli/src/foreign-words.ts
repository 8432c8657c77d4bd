import type { Command } from 'commander';

/** Commands whose words behind their first operand belong to another program. */
const RUNNERS: readonly string[] = ['run', 'create', 'exec'];

/**
 * Puts `--` behind the image of `run` and the container of `exec`: what follows are another program's words, and none of ours, whatever they
 * look like. Commander could only do so if all our options had to stand before the command.
 */
export function separateForeignWords(program: Command, words: readonly string[]): readonly string[] {
  const named = operandAfter([program], words, 0);
  const command = program.commands.find((one) => one.name() === words[named]);
  if (command === undefined || !RUNNERS.includes(command.name())) return words;
  const first = operandAfter([command, program], words, named + 1);
  return first >= words.length ? words : [...words.slice(0, first + 1), '--', ...words.slice(first + 1)];
}

/** Where the next word stands that is neither an option nor the value of one; the end where none does, or `--` comes first. */
function operandAfter(commands: readonly Command[], words: readonly string[], from: number): number {
  for (let at = from; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return words.length;
    if (!word.startsWith('-') || word === '-') return at;
    if (takesNext(commands, word)) at += 1;
  }
  return words.length;
}

/** Whether the value of an option is the next word: `--name x`, `-v x`, and `-it -v x` as one, but neither `--name=x` nor `-vx`. */
function takesNext(commands: readonly Command[], word: string): boolean {
  const valued = (flag: string): boolean | undefined => {
    const option = commands
      .flatMap(({ options }) => options)
      .find(({ long, short }) => long === flag || short === flag);
    return option === undefined ? undefined : option.required;
  };
  if (word.startsWith('--')) return valued(word) === true;
  const letters = [...word.slice(1)];
  const taking = letters.findIndex((letter) => valued(`-${letter}`) === true);
  return taking !== -1 && taking === letters.length - 1;
}
