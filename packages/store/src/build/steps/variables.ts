import type { ContainerConfig } from '../../images/image-config.ts';
import { type DockerfilePlace, invalidAt } from '../build-error.ts';
import { type ExpandOptions, ExpansionError, expandWord, expandWords, type Lookup } from '../dockerfile/expand.ts';
import type { ArgInstruction } from '../dockerfile/instruction.ts';
import { hostArchitecture } from '../image-draft.ts';

/** Build arguments that every RUN sees when they are given, and that leave no trace in image and cache. */
const PROXIES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
]);

/** Build arguments with a meaning of their own. */
const SPECIAL = ['SOURCE_DATE_EPOCH', ...PROXIES];

/** ARGs that have been given so far, by name. `null`: declared, and without a value. */
export type Args = ReadonlyMap<string, string | null>;

/** Whether nobody needs to declare a build argument for it to mean something. */
export function isPredefined(name: string): boolean {
  return SPECIAL.includes(name);
}

/** What an FROM may refer to before any ARG says so, and a stage after it has declared it. */
export function platformArgs(): ReadonlyMap<string, string> {
  const architecture = hostArchitecture();
  return new Map(
    ['TARGET', 'BUILD'].flatMap((side): [string, string][] => [
      [`${side}PLATFORM`, `linux/${architecture}`],
      [`${side}OS`, 'linux'],
      [`${side}ARCH`, architecture],
      [`${side}VARIANT`, ''],
    ]),
  );
}

/** Adds what an ARG declares, each name seeing those before it. What was given to the build counts before the default; `inherited` is for those without either. */
export function declareArgs(
  args: Args,
  instruction: ArgInstruction,
  given: Readonly<Record<string, string>>,
  inherited: (name: string) => string | undefined,
  expand: (word: string, args: Args) => string,
): Args {
  const declared = new Map(args);
  for (const { name, value } of instruction.args) {
    // A default counts as written even where it is not used: a mistake in it is one.
    const fallback = value === null ? (inherited(name) ?? null) : expand(value, declared);
    declared.set(name, Object.hasOwn(given, name) ? (given[name] ?? '') : fallback);
  }
  return declared;
}

/** The image's ENV as a map; of a name that stands there twice the last. */
export function environmentOf(config: ContainerConfig): ReadonlyMap<string, string> {
  return new Map((config.Env ?? []).map((entry) => splitEntry(entry)));
}

/** ENV with a variable set: in the place that it had, or at the end. */
export function withVariable(env: readonly string[], name: string, value: string): readonly string[] {
  const index = env.findIndex((entry) => splitEntry(entry)[0] === name);
  return index === -1 ? [...env, `${name}=${value}`] : env.with(index, `${name}=${value}`);
}

/** Values for an expansion: ENV counts before ARG. */
export function lookupIn(env: ReadonlyMap<string, string>, args: Args): Lookup {
  return (name) => env.get(name) ?? args.get(name) ?? undefined;
}

/** ARGs that a RUN sees and that its history tells: those with a value that no ENV covers. */
export function argsForRun(env: ReadonlyMap<string, string>, args: Args): readonly string[] {
  return [...args].flatMap(([name, value]) => (value === null || env.has(name) ? [] : [`${name}=${value}`]));
}

/** Proxies that were given and not declared. */
export function undeclaredProxies(given: Readonly<Record<string, string>>, args: Args): readonly string[] {
  return PROXIES.filter((name) => Object.hasOwn(given, name) && !args.has(name)).map(
    (name) => `${name}=${given[name]}`,
  );
}

/** Expands a word of an instruction. @throws {StoreError} `INVALID_DOCKERFILE` */
export function expandAt(
  place: DockerfilePlace,
  word: string,
  lookup: Lookup,
  escapeChar: string,
  options?: ExpandOptions,
): string {
  return atPlace(place, () => expandWord(word, lookup, escapeChar, options));
}

/** Expands a word that may become several. @throws {StoreError} `INVALID_DOCKERFILE` */
export function expandListAt(
  place: DockerfilePlace,
  word: string,
  lookup: Lookup,
  escapeChar: string,
): readonly string[] {
  return atPlace(place, () => expandWords(word, lookup, escapeChar));
}

function atPlace<T>(place: DockerfilePlace, expand: () => T): T {
  try {
    return expand();
  } catch (error) {
    if (error instanceof ExpansionError) throw invalidAt(place, `${error.message}.`);
    throw error;
  }
}

function splitEntry(entry: string): [name: string, value: string] {
  const equals = entry.indexOf('=');
  return equals === -1 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}
