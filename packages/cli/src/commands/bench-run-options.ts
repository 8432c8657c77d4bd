import type { FullOptions, ResultTable } from '@graphdriver/bench';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCount, parsePercentage, parsePositive, parseSize } from './amounts.ts';
import { TABLES } from './bench-show.ts';

type FileSystem = 'ext4' | 'xfs' | 'btrfs' | 'zfs';

/** What is to be measured, and the label of the one place to measure it in; in every place where there is none. */
interface Placed {
  readonly name: string;
  readonly place?: string;
}

/** What `bench run` takes beside the options of every command. */
export interface RunOptions extends FullOptions {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly plan?: boolean;
  /** Drivers. */
  readonly targets?: readonly (Placed & { readonly volatile: boolean })[];
  /** Other programs to be measured beside the drivers. */
  readonly peer: readonly Placed[];
  readonly on?: readonly FileSystem[];
  readonly directory: readonly string[];
  readonly scratch?: string;
  readonly only?: readonly ResultTable[];
  readonly rounds?: number;
  readonly samples?: number;
  /** Seconds. */
  readonly patience?: number;
  /** Bytes. */
  readonly budget?: number;
  readonly seed?: number;
  readonly out?: string;
  /** A result to go on with. */
  readonly resume?: string;
  readonly force?: boolean;
  /** A share. */
  readonly until?: number;
  readonly mostRounds?: number;
  readonly minutes?: number;
}

/** Gives the command its options. */
export function addRunOptions(command: Command): Command {
  return addRoundOptions(addCaseOptions(command));
}

/** What is measured, and where. */
function addCaseOptions(command: Command): Command {
  return command
    .option('--quick', 'up to 16 MiB and 16 layers, warm, in under three minutes; the default')
    .addOption(
      new Option('--full', 'the whole grid with warm caches and a part of it with cold ones').conflicts('quick'),
    )
    .option(
      '--plan',
      'print what would be measured, how long it would take, and what would be skipped; measure only what a layer takes',
    )
    .option('--out <file>', 'keep all samples in this file, which is written after every round of a driver')
    .option(
      '--targets <names>',
      'drivers with commas between; overlay2+volatile holds containers volatile, and overlay2@ext4 is measured there alone',
      parseTargets,
    )
    .addOption(
      new Option(
        '--peer <peer>',
        'another program in the same run, as in docker:overlay2 or docker:btrfs@btrfs; may be repeated',
      )
        .default([], 'none')
        .argParser((value: string, before: readonly Placed[]) => [...before, parsePlaced(value)]),
    )
    .addOption(
      new Option(
        '--on <types>',
        'of ext4, xfs, btrfs and zfs, with commas between; all that can be made unless given',
      ).argParser(parseFileSystems),
    )
    .addOption(
      new Option('--directory <dir>', 'measure here, on whatever file system it is; may be repeated')
        .default([], 'none')
        .argParser(collect),
    )
    .option('--scratch <dir>', 'where file systems are made; the temporary folder unless given')
    .option('--only <tables>', `of ${TABLES.join(', ')}, with commas between: measure what these show`, parseTables)
    .option('--sizes <list>', 'file sizes of the grid, as in 4KiB,1GiB', listOf(parseSize))
    .option('--layers <list>', 'layer depths of the grid, as in 1,120', listOf(parsePositive))
    .option('--directories <list>', 'directory depths of the grid, as in 1,64', listOf(parseCount))
    .option('--placements <list>', 'of home and every: which layers have the directories', listOf(parsePlacement))
    .option(
      '--containers <list>',
      'how many are started together, as in 1,100,1000; 1,10,100 unless given',
      listOf(parsePositive),
    )
    .option('--cold', 'measure the whole grid with cold caches too')
    .option('--samples <number>', 'the most that are taken of a case in a round', parsePositive)
    .option(
      '--patience <seconds>',
      'the most that a round may take for a case, its layers included; 20 unless given',
      parsePositive,
    )
    .option('--budget <size>', 'the most that a round may write for a case, as in 2GiB', parseSize)
    .option('--seed <number>', 'seed of contents and orders', parseCount);
}

/** How many rounds there are, and what they are added to. */
function addRoundOptions(command: Command): Command {
  return command
    .option('--rounds <number>', 'processes for each target', parsePositive)
    .addOption(
      new Option(
        '--resume <file>',
        'go on with this result where it ended, or with more --rounds; what is not given is as it was',
      ).conflicts('plan'),
    )
    .option('--force', 'with --resume: also where the machine or the program has changed; the result says so')
    .option(
      '--until <percentage>',
      'after --rounds go on until first writes are known this well: half of the interval, as in 5%',
      parsePercentage,
    )
    .option('--most-rounds <number>', 'with --until: rounds at most; 30 unless given', parsePositive)
    .option('--minutes <number>', 'begin no round that would likely end later than this', parsePositive);
}

function parseTargets(text: string): RunOptions['targets'] {
  return text.split(',').map((part) => {
    const { name: target, ...placed } = parsePlaced(part);
    const [name = '', kind, ...rest] = target.split('+');
    if (name === '' || rest.length > 0 || (kind !== undefined && kind !== 'volatile'))
      throw new InvalidArgumentError('A target is the name of a driver, with or without +volatile and @place.');
    return { ...placed, name, volatile: kind === 'volatile' };
  });
}

/** A name, and after the first `@` the label of a place, which may be a path with more of them. */
function parsePlaced(text: string): Placed {
  const [name = '', ...rest] = text.trim().split('@');
  const place = rest.join('@');
  if (name === '' || (rest.length > 0 && place === ''))
    throw new InvalidArgumentError('A name comes first, and a place after @, as in docker:btrfs@btrfs.');
  return rest.length === 0 ? { name } : { name, place };
}

function parseFileSystems(text: string): FileSystem[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    if (name === 'ext4' || name === 'xfs' || name === 'btrfs' || name === 'zfs') return name;
    throw new InvalidArgumentError('The file systems are ext4, xfs, btrfs and zfs.');
  });
}

function parseTables(text: string): ResultTable[] {
  return text.split(',').map((part) => {
    const found = TABLES.find((table) => table === part.trim());
    if (found === undefined) throw new InvalidArgumentError(`The tables are ${TABLES.join(', ')}.`);
    return found;
  });
}

function parsePlacement(text: string): 'home' | 'every' {
  if (text === 'home' || text === 'every') return text;
  throw new InvalidArgumentError('The placements are home and every.');
}

function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => [...new Set(text.split(',').map((part) => parse(part.trim())))];
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
