import type { DiskUsage, Store, UsageTotal } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { ago, humanSize, shortId } from '../store/docker-units.ts';
import { withStore } from '../store/with-store.ts';
import { columns, print, printJson } from '../terminal.ts';
import { commandOf, imageOf, statusOf } from './container/ps.ts';
import { namesOf } from './image/images.ts';

const EXAMPLES = `
Examples:
  $ graphdriver df
  $ graphdriver df --verbose                 every image, container and volume
  $ graphdriver df --json | jq .images.reclaimable

Sizes are what the file system has allocated, what several share counted once: their sum is free again when everything is removed.`;

/** `graphdriver df`: what everything takes on the disk. */
export function addDfCommand(program: Command, signal: AbortSignal): void {
  program
    .command('df')
    .description('show what images, containers and volumes take on the disk')
    .option('-v, --verbose', 'show each of them')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly verbose?: boolean }>();
      await withStore(options, async (store) => {
        const usage = await store.df({ signal });
        if (options.json === true) printJson(usage);
        else print(options.verbose === true ? await renderEach(store, usage) : renderTotals(usage));
      });
    });
}

function renderTotals(usage: DiskUsage): string {
  const rows = [
    totalRow('Images', usage.images),
    totalRow('Containers', usage.containers),
    totalRow('Local Volumes', usage.volumes),
    totalRow('Build Cache', usage.buildCache),
  ];
  const more = [
    ['Container logs and configuration', humanSize(usage.containerFolders, 4)],
    ["The store's own books", humanSize(usage.metadata, 4)],
  ];
  const totals = columns(['TYPE', 'TOTAL', 'ACTIVE', 'SIZE', 'RECLAIMABLE'], rows);
  return `${totals}\n\n${columns(['NOT COUNTED ABOVE', 'SIZE'], more)}`;
}

function totalRow(type: string, { count, active, total, reclaimable }: UsageTotal): readonly string[] {
  const share = total === 0 ? '' : ` (${Math.floor((100 * reclaimable) / total)}%)`;
  return [type, String(count), String(active), humanSize(total, 4), `${humanSize(reclaimable, 4)}${share}`];
}

async function renderEach(store: Store, usage: DiskUsage): Promise<string> {
  const sections = [
    ['Images space usage:', await imageTable(store, usage)],
    ['Containers space usage:', containerTable(store, usage)],
    ['Local Volumes space usage:', volumeTable(store, usage)],
    ['Build cache usage:', humanSize(usage.buildCache.total)],
  ];
  return sections.map(([title, table]) => `${title}\n\n${table}`).join('\n\n');
}

async function imageTable({ images }: Store, { byImage }: DiskUsage): Promise<string> {
  const header = ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE', 'SHARED SIZE', 'UNIQUE SIZE', 'CONTAINERS'];
  const created = new Map(images.list().map((image) => [image.id, image.created]));
  const rows = await Promise.all(
    byImage.map(async (image) => {
      const sizes = [image.total, image.shared, image.unique].map((size) => humanSize(size));
      const rest = [shortId(image.id), ago(created.get(image.id) ?? null), ...sizes, String(image.containers)];
      return (await namesOf(image)).map(({ repository, tag }) => [repository, tag, ...rest]);
    }),
  );
  return columns(header, rows.flat());
}

function containerTable({ runner }: Store, { byContainer }: DiskUsage): string {
  const header = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'LOCAL VOLUMES', 'SIZE', 'CREATED', 'STATUS', 'NAMES'];
  const sizes = new Map(byContainer.map(({ id, writable }) => [id, writable]));
  const rows = runner
    .list()
    .map((container) => [
      shortId(container.id),
      imageOf(container),
      commandOf(container, { trunc: true }),
      String(container.volumes.length),
      humanSize(sizes.get(container.id) ?? 0),
      ago(container.created),
      statusOf(container),
      container.name,
    ]);
  return columns(header, rows);
}

function volumeTable({ containers }: Store, { byVolume }: DiskUsage): string {
  const rows = byVolume.map(({ name, total }) => [
    name,
    String(containers.usersOfVolume(name).length),
    humanSize(total),
  ]);
  return columns(['VOLUME NAME', 'LINKS', 'SIZE'], rows);
}
