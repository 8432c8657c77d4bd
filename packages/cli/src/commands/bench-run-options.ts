import type { FullOptions, ResultTable } from '@graphdriver/bench';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCount, parsePositive, parseSize } from './amounts.ts';
import { TABLES } from './bench-show.ts';

type FileSystem = 'ext4' | 'xfs' | 'btrfs' | 'zfs';

/** What `bench run` takes beside the options of every command. */
export interface RunOptions extends FullOptions {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly plan?: boolean;
  readonly targets?: readonly { readonly driver: string; readonly volatile: boolean }[];
  /** Names of other programs to be measured beside the drivers. */
  readonly peer: readonly string[];
  readonly on?: readonly FileSystem[];
  readonly directory: readonly string[];
  readonly scratch?: string;
  readonly only?: readonly ResultTable[];
  readonly rounds?: number;
  readonly samples?: number;
  /** Bytes. */
  readonly budget?: number;
  readonly seed?: number;
  readonly out?: string;
}

/** Gives the command its options. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--quick', 'up to 16 MiB and 16 layers, warm, in under three minutes; the default')
    .addOption(
      new Option('--full', 'the whole grid with warm caches and a part of it with cold ones').conflicts('quick'),
    )
    .option('--plan', 'measure nothing: print what would be, how long it would take, and what would be skipped')
    .option('--out <file>', 'keep all samples in this file')
    .option(
      '--targets <names>',
      'drivers with commas between; overlay2+volatile holds containers volatile',
      parseTargets,
    )
    .addOption(
      new Option('--peer <peer>', 'another program in the same run, as in docker:overlay2; may be repeated')
        .default([], 'none')
        .argParser(collect),
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
    .option('--cold', 'measure the whole grid with cold caches too')
    .option('--rounds <number>', 'processes for each target', parsePositive)
    .option('--samples <number>', 'the most that are taken of a case in a round', parsePositive)
    .option('--budget <size>', 'the most that a round may write for a case, as in 2GiB', parseSize)
    .option('--seed <number>', 'seed of contents and orders', parseCount);
}

function parseTargets(text: string): RunOptions['targets'] {
  return text.split(',').map((part) => {
    const [driver = '', kind, ...rest] = part.trim().split('+');
    if (driver === '' || rest.length > 0 || (kind !== undefined && kind !== 'volatile'))
      throw new InvalidArgumentError('A target is the name of a driver, with or without +volatile.');
    return { driver, volatile: kind === 'volatile' };
  });
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
