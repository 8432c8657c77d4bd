import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BuildProgress, StoreBuildOptions } from '@graphdriver/store';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { withStore } from '../../store/with-store.ts';
import { note, print, printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver build --tag acme/my-base-image:1.0 .
  $ graphdriver build -t acme/app:2 --build-arg VERSION=2 --target runtime ./app
  $ graphdriver build -t acme/tool:1 --file Dockerfile.tool .
  $ graphdriver build -q . | xargs graphdriver run --rm

RUN has no network unless --network host is given. Steps that were done before are taken from the cache.`;

interface BuildCommandOptions extends GlobalOptions {
  readonly tag: readonly string[];
  readonly file?: string;
  readonly buildArg: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly cache: boolean;
  readonly network: 'none' | 'host';
  readonly quiet?: boolean;
}

/** `graphdriver build`: an image from a Dockerfile. Steps go to stderr, the id to stdout. */
export function addBuildCommand(program: Command, signal: AbortSignal): void {
  program
    .command('build')
    .description('build an image from a Dockerfile')
    .argument('<dir>', 'the folder whose files COPY and ADD may bring')
    .option(
      '-t, --tag <name>',
      'a name for the image; may be repeated',
      (name, names: string[]) => [...names, name],
      [],
    )
    .option('-f, --file <file>', 'the Dockerfile; - for standard input; DIR/Dockerfile unless given')
    .option('--build-arg <name=value>', 'a value for an ARG; may be repeated', addBuildArg, {})
    .option('--target <stage>', 'build this stage, not the last one')
    .option('--no-cache', 'do every step anew')
    .addOption(new Option('--network <name>', 'what RUN sees of the network').choices(['none', 'host']).default('none'))
    .option('-q, --quiet', 'print nothing but the id')
    .addHelpText('after', EXAMPLES)
    .action(async (dir: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<BuildCommandOptions>();
      const request = await buildOptions(resolve(dir), options, signal);
      await withStore(options, async (store) => {
        const { formatProgress } = await import('@graphdriver/store');
        const { id } = await store.build({
          ...request,
          onProgress: (event) => {
            if (options.quiet !== true) tell(event, formatProgress);
          },
        });
        if (options.json === true) printJson({ id, references: store.images.show(id).references });
        else print(id);
      });
    });
}

function tell(event: BuildProgress, format: (event: BuildProgress) => string | null): void {
  const line = format(event);
  if (line !== null) note(line);
}

async function buildOptions(
  context: string,
  { tag, file, buildArg, target, cache, network }: BuildCommandOptions,
  signal: AbortSignal,
): Promise<StoreBuildOptions> {
  return {
    context,
    tags: tag,
    buildArgs: buildArg,
    noCache: !cache,
    network,
    signal,
    ...(target === undefined ? {} : { target }),
    ...(file === undefined ? {} : await dockerfileAt(context, file)),
  };
}

/** A Dockerfile outside of the context is read here: nothing in it can name that place. */
async function dockerfileAt(
  context: string,
  file: string,
): Promise<Pick<StoreBuildOptions, 'dockerfile' | 'dockerfileText'>> {
  if (file === '-') return { dockerfileText: await text(process.stdin) };
  const inside = relative(context, resolve(file));
  if (!inside.startsWith('..') && !isAbsolute(inside)) return { dockerfile: inside };
  return { dockerfileText: await readFile(file, 'utf8') };
}

/** `NAME=value`; a name alone takes its value from the environment. */
function addBuildArg(given: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const equals = given.indexOf('=');
  const name = equals === -1 ? given : given.slice(0, equals);
  if (name === '') throw new InvalidArgumentError('It is NAME=value.');
  const value = equals === -1 ? process.env[name] : given.slice(equals + 1);
  return value === undefined ? { ...before } : { ...before, [name]: value };
}
