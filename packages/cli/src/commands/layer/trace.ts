import { setTimeout } from 'node:timers/promises';
import { type CopyUpRecord, type Driver, type DriverModule, type LayerTrace, StorageError } from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, withDriver } from '../../composition.ts';
import { note, print, printJson, readerIsGone } from '../../terminal.ts';
import { newCopyUps } from '../../trace/new-copy-ups.ts';
import { copyUpLine, renderTrace, TRACE_HEADER } from '../../trace/render-trace.ts';

const EXAMPLES = `
For each copy_up: its path, size and layer, and the milliseconds of the search, the copy and the metadata.
Layers are counted from the bottom: 1 is the lowest. The last thousand copy_ups are remembered.

Examples:
  $ graphdriver layer trace web
  $ graphdriver layer trace web --follow              a line per copy_up, until Ctrl-C or the unmount
  $ graphdriver layer trace web --json | jq '.copyUps | map(.copy) | add'`;

/** Milliseconds between two looks. */
const LOOK_EVERY = 250;

interface TraceFlags extends GlobalOptions {
  readonly follow?: boolean;
}

/** `graphdriver layer trace`: what the mount of a layer has done, where the driver can tell. */
export function addTraceCommand(layer: Command, signal: AbortSignal): void {
  layer
    .command('trace')
    .description('show what a mounted layer was asked, and where its first writes took their time')
    .argument('<id>', 'the layer')
    .option('-f, --follow', 'show each copy_up as it happens')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const { follow = false, ...options } = command.optsWithGlobals<TraceFlags>();
      if (follow && options.json === true)
        throw new TypeError('What has no end cannot be one JSON document: leave out --follow.');
      await withDriver(options, async (driver, module) => {
        const read = await tracerOf(driver, module, id);
        const first = await read();
        if (first === null) throw await notTraced(driver, id);
        if (options.json === true) printJson(first);
        else if (follow) await followTrace(first, read, signal);
        else print(renderTrace(first));
      });
    });
}

type ReadTrace = () => Promise<LayerTrace | null>;

async function tracerOf(driver: Driver, module: DriverModule, id: string): Promise<ReadTrace> {
  await driver.stat(id);
  if (module.readTrace === undefined) {
    throw new StorageError('UNSUPPORTED', `The driver ${module.name} does not see what its mounts are asked.`, {
      hint: 'The kernel serves them alone: perf trace or bpftrace can look there. Other drivers are asked with --driver.',
    });
  }
  return async () => (await module.readTrace?.(driver.root, id)) ?? null;
}

async function notTraced(driver: Driver, id: string): Promise<StorageError> {
  if ((await driver.holders(id)).length > 0) {
    return new StorageError('UNSUPPORTED', `Nothing counts what the mount of the layer ${id} is asked.`, {
      hint: 'A layer without a parent is mounted as the directory that it is: trace one on top of it.',
    });
  }
  return new StorageError('HOLDER_NOT_FOUND', `The layer ${id} is not mounted.`, {
    hint: `Counting begins with the mount: graphdriver layer mount ${id}`,
  });
}

/** Prints what has been copied up and then each copy_up; at the end, what the mount has done in all. */
async function followTrace(first: LayerTrace, read: ReadTrace, signal: AbortSignal): Promise<void> {
  print(TRACE_HEADER);
  printEach(first.copyUps);
  let last = first;
  while (!signal.aborted && !readerIsGone()) {
    await setTimeout(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
    const next = await read();
    if (next === null) break;
    const { copyUps, missed } = newCopyUps(last, next);
    if (missed > 0) note(`${missed} copy_ups went by unseen.`);
    printEach(copyUps);
    last = next;
  }
  note(renderTrace({ ...last, copyUps: [] }));
}

function printEach(copyUps: readonly CopyUpRecord[]): void {
  if (copyUps.length > 0) print(copyUps.map(copyUpLine).join('\n'));
}
