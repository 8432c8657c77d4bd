import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { eachOf } from '../../store/each-of.ts';
import { withStore } from '../../store/with-store.ts';
import { columns, confirmed, print, printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver volume create data
  $ graphdriver run --rm -v data:/data debian:12 touch /data/kept
  $ graphdriver volume inspect data
  $ graphdriver volume rm data
  $ graphdriver volume prune --all`;

/** `graphdriver volume …`: folders that outlive the containers that see them. */
export function addVolumeCommands(program: Command): void {
  const volume = program.command('volume').description('make, list and remove volumes').addHelpText('after', EXAMPLES);
  addCreate(volume);
  addList(volume);
  addInspect(volume);
  addRemove(volume);
  addPrune(volume);
}

function addCreate(volume: Command): void {
  volume
    .command('create')
    .description('make a volume; one that is there stays as it is')
    .argument('[name]', 'its name; a random one unless given')
    .addHelpText('after', '\nExamples:\n  $ graphdriver volume create data')
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async ({ volumes }) => {
        const made = volumes.create(name);
        if (options.json === true) printJson(made);
        else print(made.name);
      });
    });
}

function addList(volume: Command): void {
  volume
    .command('ls')
    .alias('list')
    .description('list volumes')
    .option('-q, --quiet', 'print names alone')
    .addHelpText('after', '\nExamples:\n  $ graphdriver volume ls')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly quiet?: boolean }>();
      await withStore(options, async (store) => {
        const volumes = store.volumes.list();
        if (options.json === true) return printJson({ volumes });
        const names = volumes.map(({ name }) => name);
        if (options.quiet === true) return print(names.join('\n'));
        const rows = names.map((name) => ['local', name]);
        print(columns(['DRIVER', 'VOLUME NAME'], rows));
      });
    });
}

function addInspect(volume: Command): void {
  volume
    .command('inspect')
    .description('show all that is known of volumes, as JSON')
    .argument('<volume...>', 'the volumes')
    .addHelpText('after', '\nExamples:\n  $ graphdriver volume inspect data')
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async (store) => {
        const volumes = names.map((name) => ({
          ...store.volumes.get(name),
          containers: store.containers.usersOfVolume(name),
        }));
        printJson(options.json === true ? { volumes } : volumes);
      });
    });
}

function addRemove(volume: Command): void {
  volume
    .command('rm')
    .alias('remove')
    .description('remove volumes that no container has')
    .argument('<volume...>', 'the volumes')
    .addHelpText('after', '\nExamples:\n  $ graphdriver volume rm data')
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async ({ volumes }) => {
        const removed = await eachOf(names, options, async (name) => {
          await volumes.remove(name);
          return name;
        });
        if (options.json === true) printJson({ removed });
      });
    });
}

function addPrune(volume: Command): void {
  volume
    .command('prune')
    .description('remove the anonymous volumes that no container has')
    .option('-a, --all', 'those with names too')
    .option('-f, --force', 'do not ask')
    .addHelpText('after', '\nExamples:\n  $ graphdriver volume prune\n  $ graphdriver volume prune --all --force')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly all?: boolean; readonly force?: boolean }>();
      const all = options.all === true;
      if (options.force !== true)
        await askFirst(`This removes ${all ? 'all' : 'anonymous'} volumes that no container has.`);
      await withStore(options, async ({ volumes }) => {
        const { removed } = await volumes.prune({ all });
        if (options.json === true) printJson({ removed });
        else if (removed.length > 0) print(`Deleted Volumes:\n${removed.join('\n')}`);
      });
    });
}

/** Lets a person refuse. @throws {TypeError} where nobody agrees */
export async function askFirst(what: string): Promise<void> {
  if (!(await confirmed(`${what} Go on?`))) throw new TypeError('Nothing was removed: --force does so without asking.');
}
