import {
  type Driver,
  type Holder,
  isStorageError,
  type LayerMetadata,
  type LayerRecord,
  type MountPlan,
  type Usage,
} from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, withDriver } from '../../composition.ts';
import { columns, formatBytes, paint, print, printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer show web
  $ graphdriver layer show web --json | jq .usage.allocated`;

/** `graphdriver layer show`: everything that is known of one layer. */
export function addShowCommand(layer: Command): void {
  layer
    .command('show')
    .description('show everything about a layer')
    .argument('<id>', 'the layer')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withDriver(options, async (driver) => {
        const facts = await collect(driver, id);
        if (options.json === true) printJson(facts);
        else print(render(facts));
      });
    });
}

interface LayerFacts extends LayerRecord {
  readonly driver: string;
  readonly usage: Usage;
  readonly reclaimable: number;
  readonly holders: readonly Holder[];
  readonly metadata: LayerMetadata;
  readonly mount: MountPlan | null;
}

async function collect(driver: Driver, id: string): Promise<LayerFacts> {
  const record = await driver.stat(id);
  const [usage, reclaimable, holders, metadata, mount] = await Promise.all([
    driver.usage(id),
    driver.reclaimable(id),
    driver.holders(id),
    driver.metadata(id),
    planOf(driver, id),
  ]);
  return { driver: driver.name, ...record, usage, reclaimable, holders, metadata, mount };
}

/** How others can mount the layer; `null` where that takes a holder and there is none. */
async function planOf(driver: Driver, id: string): Promise<MountPlan | null> {
  try {
    return await driver.describeMount(id);
  } catch (error) {
    if (isStorageError(error, 'LAYER_IN_USE') || isStorageError(error, 'UNSUPPORTED')) return null;
    throw error;
  }
}

function render(facts: LayerFacts): string {
  const holders = facts.holders.map(
    (holder) => holder.name ?? `process ${holder.pid ?? 'unknown'}${holder.live ? '' : ' (ended)'}`,
  );
  const rows = [
    ['id', facts.id],
    ['driver', facts.driver],
    ['parent', facts.parent ?? '-'],
    ['kind', facts.kind],
    ['created', facts.createdAt],
    ['allocated', `${formatBytes(facts.usage.allocated)} in ${facts.usage.inodes} files`],
    ['apparent', formatBytes(facts.usage.apparent)],
    ['reclaimable', formatBytes(facts.reclaimable)],
    ['held by', holders.length === 0 ? 'nobody' : holders.join(', ')],
    ...Object.entries(facts.labels).map(([key, value]) => [`label ${key}`, value]),
    ...Object.entries(facts.metadata),
    ...(facts.mount?.mounts ?? []).map((mount) => [
      `mount (${facts.mount?.sharing})`,
      `mount -t ${mount.type} -o ${mount.options.join(',')} ${mount.source} TARGET`,
    ]),
  ];
  return columns([paint('bold', 'KEY'), paint('bold', 'VALUE')], rows);
}
