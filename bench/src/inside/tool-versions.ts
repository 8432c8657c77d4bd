import { run } from '@graphdriver/host';
import type { BenchCase } from '../bench-case.ts';
import type { Environment } from '../environment.ts';
import { INSIDE_PROGRAMS } from './inside-programs.ts';

/** The environment with the versions of the commands that cases need, where they need any. */
export async function withTools(environment: Environment, cases: readonly BenchCase[]): Promise<Environment> {
  const tools = await toolVersions(cases);
  return Object.keys(tools).length === 0 ? environment : { ...environment, tools };
}

/**
 * What the commands that work in mounts say of their versions, by name; empty where no case has such work. Commands that are not there
 * are left out. Takes some 4 ms for each.
 */
async function toolVersions(cases: readonly BenchCase[]): Promise<Record<string, string>> {
  const works = new Set(cases.flatMap((of) => (of.workload === 'inside' ? [of.work] : [])));
  const commands = new Set([...works].flatMap((work) => INSIDE_PROGRAMS[work].commands));
  // A shell that is no bash has no version to tell.
  commands.delete('sh');
  const told = await Promise.all([...commands].sort().map(async (name) => [name, await versionOf(name)] as const));
  const own = works.has('sqlite') && INSIDE_PROGRAMS.sqlite.commands.length === 0;
  return Object.fromEntries([
    ...told.filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...(own ? [['node:sqlite', process.versions['sqlite'] ?? process.version] as const] : []),
  ]);
}

/** The first line of what it says. */
async function versionOf(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, ['--version'], { timeout: 5_000 });
    return stdout.split('\n')[0]?.trim();
  } catch {
    return undefined; // It is missing, or knows no such option: its cases say the first, and nobody needs the second.
  }
}
