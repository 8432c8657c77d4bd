import type { ContainerSize, RunnableContainer, Store } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { ago, ellipsis, humanDuration, humanSize, shortId } from '../../store/docker-units.ts';
import { withStore } from '../../store/with-store.ts';
import { columns, print, printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver ps
  $ graphdriver ps --all --size              also those that do not run, and what each takes
  $ graphdriver rm $(graphdriver ps -aq)

SIZE is what the files in the writable layer hold; virtual is that and the read-only data underneath, which containers share.`;

interface PsOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly size?: boolean;
  readonly quiet?: boolean;
  readonly trunc: boolean;
}

/** `graphdriver ps`: the containers that run, or all. */
export function addPsCommand(program: Command, signal: AbortSignal): void {
  program
    .command('ps')
    .description('list containers')
    .option('-a, --all', 'also those that do not run')
    .option('-s, --size', 'show what they take')
    .option('-q, --quiet', 'print ids alone')
    .option('--no-trunc', 'show whole ids and commands')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<PsOptions>();
      await withStore(options, async (store) => {
        const shown = store.runner.list().filter(({ state }) => options.all === true || state.status === 'running');
        if (options.quiet === true && options.json !== true)
          return print(shown.map(({ id }) => idOf(id, options)).join('\n'));
        const sizes = options.size === true ? await sizesOf(store, shown, signal) : undefined;
        if (options.json === true) printJson({ containers: shown.map((one) => ({ ...one, ...sizes?.get(one.id) })) });
        else print(render(shown, sizes, options));
      });
    });
}

type Sizes = ReadonlyMap<string, ContainerSize>;

async function sizesOf(store: Store, containers: readonly RunnableContainer[], signal: AbortSignal): Promise<Sizes> {
  const sizes = new Map<string, ContainerSize>();
  for (const { id } of containers) sizes.set(id, await store.containers.size(id, { signal }));
  return sizes;
}

function render(containers: readonly RunnableContainer[], sizes: Sizes | undefined, options: PsOptions): string {
  const header = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'];
  const rows = containers.map((container) => [
    idOf(container.id, options),
    imageOf(container),
    commandOf(container, options),
    ago(container.created),
    statusOf(container),
    '',
    container.name,
    ...(sizes === undefined ? [] : [sizeOf(sizes.get(container.id))]),
  ]);
  return columns(sizes === undefined ? header : [...header, 'SIZE'], rows);
}

function idOf(id: string, { trunc }: PsOptions): string {
  return trunc ? shortId(id) : id;
}

/** An image that was named by its id is shown by the digits that people know it by. */
export function imageOf({ imageName }: RunnableContainer): string {
  if (imageName === null) return '';
  return imageName.startsWith('sha256:') ? shortId(imageName) : imageName;
}

/** What a container runs, in quotes as Docker shows it. */
export function commandOf({ spec }: RunnableContainer, { trunc }: { readonly trunc: boolean }): string {
  const words = spec === null ? '' : [...spec.entrypoint, ...spec.command].join(' ').replaceAll(/\s+/g, ' ');
  return `"${trunc ? ellipsis(words, 20) : words}"`;
}

/** How it stands with a container, in Docker's words. */
export function statusOf({ state }: Pick<RunnableContainer, 'state'>, now: number = Date.now()): string {
  const { status, exitCode, startedAt, finishedAt } = state;
  if (status === 'created') return 'Created';
  if (status === 'running') return `Up ${humanDuration(Math.max(0, now - Date.parse(startedAt ?? '')))}`;
  return `Exited (${exitCode ?? '?'})${finishedAt === null ? '' : ` ${ago(finishedAt, now)}`}`;
}

function sizeOf(size: ContainerSize | undefined): string {
  return size === undefined ? '' : `${humanSize(size.size)} (virtual ${humanSize(size.virtualSize)})`;
}
