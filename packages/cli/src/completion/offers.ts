import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Argument, Option } from 'commander';
import { knownModules } from '../composition.ts';
import { parseRoot } from '../root-option.ts';
import type { Line } from './line.ts';

/** One thing that could stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** All that could stand there. */
export interface Offer {
  readonly candidates: readonly Candidate[];
  /** What the shell itself can list. */
  readonly also?: 'files' | 'directories';
}

type Source = (line: Line, typed: string) => Promise<Offer>;

/** Where values come from, by the word that stands for them in the help: `--parent <id>` takes an `id`, as `layer show <id>` does. */
const SOURCES: Readonly<Record<string, Source>> = {
  id: async (line) => ({ candidates: await layerIds(line) }),
  driver: async (line) => ({
    candidates: await drivers(),
    // The suite examines anybody's driver by the path of its module.
    ...(line.command.name() === 'conformance' ? { also: 'files' as const } : {}),
  }),
  peer: async () => ({ candidates: await peers() }),
  'driver.key=value': async () => ({ candidates: await settings() }),
  image: async (line) => ({ candidates: await storeNames(line, 'images') }),
  container: async (line) => ({ candidates: await storeNames(line, 'containers') }),
  volume: async (line) => ({ candidates: volumeNames(line) }),
  workload: async () => ({ candidates: await workloads(), also: 'files' }),
  result: async () => ({ candidates: await results() }),
  check: async (line) => ({ candidates: await checks(line) }),
  dir: async () => ({ candidates: [], also: 'directories' }),
  file: async () => ({ candidates: [], also: 'files' }),
  archive: async () => ({ candidates: [], also: 'files' }),
  before: async () => ({ candidates: [], also: 'files' }),
  after: async () => ({ candidates: [], also: 'files' }),
};

/** What an argument, or the value of an option, could be. */
export async function offerFor(what: Argument | Option, typed: string, line: Line): Promise<Offer> {
  if (what.argChoices !== undefined) return { candidates: what.argChoices.map((word) => ({ word, about: '' })) };
  const name = 'flags' in what ? placeholderOf(what) : what.name();
  return (await SOURCES[name]?.(line, typed)) ?? { candidates: [] };
}

/** The word between the brackets of an option's flags. `--driver <name>` is the one whose name is not what it takes. */
function placeholderOf(option: Option): string {
  if (option.long === '--driver') return 'driver';
  return /[<[]([^\]>]+?)(\.\.\.)?[\]>]/.exec(option.flags)?.[1] ?? '';
}

/** The layers under the root that the line, the environment or the default names. Roots are read without being opened. */
async function layerIds(line: Line): Promise<readonly Candidate[]> {
  const { glanceAtLayers } = await import('@graphdriver/driver-kit');
  const root = rootOf(line);
  const wanted = line.values.get('--driver') ?? process.env['GRAPHDRIVER_DRIVER'];
  const owners = readdirSync(root).filter((name) => wanted === undefined || name === wanted);
  const given = new Set(line.operands);
  return owners
    .flatMap((driver) => glanceAtLayers(join(root, driver)).map((word) => ({ word, about: driver })))
    .filter(({ word }) => !given.has(word))
    .toSorted((a, b) => (a.word < b.word ? -1 : 1));
}

async function storeNames(line: Line, kind: 'images' | 'containers'): Promise<readonly Candidate[]> {
  const { glanceAtNames } = await import('@graphdriver/store');
  return offered((await glanceAtNames(rootOf(line)))[kind], kind.slice(0, -1), line);
}

function volumeNames(line: Line): readonly Candidate[] {
  const names = readdirSync(join(rootOf(line), 'volumes')).filter((name) => !name.startsWith('.'));
  return offered(names, 'volume', line);
}

/** Names that do not stand on the line yet. */
function offered(names: readonly string[], about: string, line: Line): readonly Candidate[] {
  return names.filter((name) => !line.operands.includes(name)).map((word) => ({ word, about }));
}

function rootOf(line: Line): string {
  return parseRoot(line.values.get('--root') ?? process.env['GRAPHDRIVER_ROOT'] ?? '/var/lib/graphdriver');
}

async function drivers(): Promise<readonly Candidate[]> {
  return (await knownModules()).map(({ name, summary }) => ({ word: name, about: summary }));
}

async function peers(): Promise<readonly Candidate[]> {
  const { knownPeers } = await import('@graphdriver/bench');
  return knownPeers.map(({ module: { name, summary } }) => ({ word: name, about: summary.split(/, |: /)[0] ?? '' }));
}

async function workloads(): Promise<readonly Candidate[]> {
  const { KNOWN_PROFILES } = await import('@graphdriver/bench');
  return KNOWN_PROFILES.map(({ name, summary }) => ({ word: name, about: summary.split(':')[0] ?? '' }));
}

async function settings(): Promise<readonly Candidate[]> {
  return (await knownModules()).flatMap((module) =>
    (module.settings ?? []).flatMap(({ key, values, summary }) =>
      (values ?? ['']).map((value) => ({ word: `${module.name}.${key}=${value}`, about: summary })),
    ),
  );
}

async function results(): Promise<readonly Candidate[]> {
  const { resultSchemas } = await import('../result-schemas.ts');
  return Object.keys(resultSchemas).map((word) => ({ word, about: '' }));
}

async function checks(line: Line): Promise<readonly Candidate[]> {
  const { allChecks: suite } = await import('@graphdriver/conformance');
  const { allPosixCases } = await import('@graphdriver/conformance/posix');
  const allChecks: readonly { readonly id: string; readonly title: string }[] = line.values.has('--posix')
    ? allPosixCases
    : suite;
  const groups = new Set(allChecks.map(({ id }) => id.slice(0, id.indexOf('/'))));
  return [
    ...[...groups].map((word) => ({ word, about: 'all checks of this group' })),
    ...allChecks.map(({ id, title }) => ({ word: id, about: title })),
  ];
}
