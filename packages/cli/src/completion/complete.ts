import type { Command } from 'commander';
import { createProgram } from '../program.ts';
import { optionOf, readLine } from './line.ts';
import { type Candidate, type Offer, offerFor } from './offers.ts';

/**
 * What the shell is to offer for the last of `words`, which follow the program's name on the line and may be quoted no more.
 * One candidate per line, with a tab and its description; the last line is `:files`, `:directories` or `:`, what else to offer.
 *
 * Never fails: what cannot be found out is not offered.
 */
export async function complete(words: readonly string[]): Promise<string> {
  const joined = joinAtEquals(words);
  const offer = await offerAt(joined).catch(() => NOTHING);
  // bash replaces only what follows the last equals sign, for it takes that as the end of a word.
  const typed = joined.at(-1) ?? '';
  const kept = joined.length < words.length && typed !== words.at(-1) ? typed.lastIndexOf('=') + 1 : 0;
  const lines = offer.candidates.map(({ word, about }) => `${word.slice(kept)}\t${about.replace(/\s+/g, ' ')}`);
  return `${[...lines, `:${offer.also ?? ''}`].join('\n')}\n`;
}

const NOTHING: Offer = { candidates: [] };

/** bash hands `--driver=vfs` over as three words. */
function joinAtEquals(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  words.forEach((word, index) => {
    const last = joined.at(-1);
    if (last !== undefined && (word === '=' || words[index - 1] === '=')) joined[joined.length - 1] = last + word;
    else joined.push(word);
  });
  return joined;
}

async function offerAt(words: readonly string[]): Promise<Offer> {
  const typed = words.at(-1) ?? '';
  const line = readLine(createProgram(new AbortController().signal), words.slice(0, -1));
  if (line.waiting !== undefined) return starting(typed, await offerFor(line.waiting, typed, line));
  const equals = typed.indexOf('=');
  if (typed.startsWith('--') && equals > 0) {
    const option = optionOf(line.command, typed.slice(0, equals));
    if (option === undefined) return NOTHING;
    const offer = await offerFor(option, typed.slice(equals + 1), line);
    const whole = offer.candidates.map(({ word, about }) => ({ word: `${typed.slice(0, equals)}=${word}`, about }));
    return starting(typed, { ...offer, candidates: whole });
  }
  if (typed.startsWith('-')) return starting(typed, { candidates: optionsOf(line.command) });
  const commands = line.operands.length === 0 ? commandsOf(line.command) : [];
  const declared = line.command.registeredArguments;
  const argument = declared[line.operands.length] ?? (declared.at(-1)?.variadic === true ? declared.at(-1) : undefined);
  const offer = argument === undefined ? NOTHING : await offerFor(argument, typed, line);
  return starting(typed, { ...offer, candidates: [...commands, ...offer.candidates] });
}

function starting(typed: string, offer: Offer): Offer {
  return { ...offer, candidates: offer.candidates.filter(({ word }) => word.startsWith(typed)) };
}

function optionsOf(command: Command | null): readonly Candidate[] {
  if (command === null) return [{ word: '--help', about: 'show how it is used' }];
  const own = command.options.filter(({ hidden }) => !hidden);
  return [
    ...own.map(({ long, description }) => ({ word: long ?? '', about: description })),
    ...optionsOf(command.parent),
  ];
}

function commandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((next) => ({ word: next.name(), about: next.description() }));
}
