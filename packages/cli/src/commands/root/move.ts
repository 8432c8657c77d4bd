import type { MoveEnd, MoveProgress } from '@graphdriver/store';
import { type Command, Option } from 'commander';
import { parseRoot } from '../../root-option.ts';
import { humanSize } from '../../store/docker-units.ts';
import { type MoveEnds, type MoveOptions, withOldEnd } from '../../store/move-ends.ts';
import { moveCommand, onwardOrBack } from '../../store/move-remedy.ts';
import { removeDriverRoot } from '../../store/remove-driver-root.ts';
import { endProgress, note, print, printJson, progress } from '../../terminal.ts';
import { type ChangingOptions, withDryRun } from '../layer/dry-run.ts';

const EXAMPLES = `
All layers, images, containers, volumes and the build cache are copied, read from the new place and compared.
The old root is left as it is, and can be read but no longer changed, until --remove-old.
After Ctrl-C, a kill or an error the same command goes on with what is missing; --abandon gives the move up instead.

Examples:
  $ graphdriver root move /mnt/big/graphdriver --dry-run      what, how much, and whether it fits
  $ graphdriver root move /mnt/big/graphdriver
  $ graphdriver root move /mnt/btrfs/graphdriver --to-driver btrfs
  $ graphdriver root move /mnt/big/graphdriver --remove-old   once the new root is as it should be
  $ graphdriver root move /mnt/big/graphdriver --abandon`;

interface MoveFlags extends ChangingOptions, MoveOptions {
  readonly removeOld?: boolean;
  readonly abandon?: boolean;
}

/** `graphdriver root move`: everything to another disk, and the end of a move. */
export function addMoveRootCommand(root: Command, signal: AbortSignal): void {
  withDryRun(root.command('move'))
    .description('move everything to another folder, as on another disk')
    .argument('<dir>', 'the new root: a folder that is empty or not there yet', parseRoot)
    .option('--to-driver <driver>', 'keep the layers with this driver from then on; the same one unless given')
    .addOption(
      new Option('--remove-old', 'remove the old root after a move that is complete').conflicts(['abandon', 'dryRun']),
    )
    .addOption(
      new Option('--abandon', 'give up a move that is not complete: remove what was copied').conflicts([
        'removeOld',
        'dryRun',
      ]),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (to: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<MoveFlags>();
      if (flags.dryRun === true) await plan(flags, to, signal);
      else if (flags.removeOld === true) await removeOld(flags, to, signal);
      else if (flags.abandon === true) await abandon(flags, to, signal);
      else await move(flags, to, signal);
    });
}

async function move(flags: MoveFlags, to: string, signal: AbortSignal): Promise<void> {
  await withOldEnd(flags, to, async ({ from, next, withBoth }) => {
    const { moveStore, planMove } = await import('@graphdriver/store');
    // Refuses before anything is made in the new root.
    const plan = await planMove({ from, to: { root: to }, signal });
    const show = moveProgress(plan.bytes);
    let isBegun = plan.isBegun;
    const onProgress = (now: MoveProgress): void => {
      isBegun = true;
      show(now);
    };
    try {
      const moved = await withBoth((ends) => moveStore({ ...ends, signal, onProgress }));
      endProgress();
      if (flags.json === true) return printJson({ ...moved, driver: next.name });
      print(moved.root);
      note(`Moved from ${moved.oldRoot}. Use it with --root ${moved.root}, or set GRAPHDRIVER_ROOT.`);
      note(`The old root is kept until: ${moveCommand(flags.root, to, '--remove-old')}`);
    } catch (error) {
      endProgress();
      if (isBegun && flags.json !== true) note(`What was copied is kept. ${onwardOrBack(flags.root, to)}`);
      throw error;
    }
  });
}

async function plan(flags: MoveFlags, to: string, signal: AbortSignal): Promise<void> {
  await withOldEnd(flags, to, async ({ from, next: { name: driver } }) => {
    const { planMove } = await import('@graphdriver/store');
    const found = await planMove({ from, to: { root: to }, signal });
    const fits = found.isBegun || found.bytes <= found.freeBytes;
    if (flags.json === true) return printJson({ dryRun: true, ...found, driver, fits });
    const { layers, images, containers, volumes, bytes, freeBytes } = found;
    print(
      `would ${found.isBegun ? 'go on to move' : 'move'} ${found.oldRoot} (${from.driver.name}) to ${found.root} (${driver})
${layers} layers, ${images} images, ${containers} containers, ${volumes} volumes
${humanSize(bytes)} of content; ${humanSize(freeBytes)} are free there`,
    );
    if (!fits) note('That does not fit there.');
  });
}

async function removeOld(flags: MoveFlags, to: string, signal: AbortSignal): Promise<void> {
  await finish(flags, to, async (ends) => {
    const { removeMoved, rootPlace } = await import('@graphdriver/store');
    const { realPath } = rootPlace(ends.from.root);
    await removeMoved({ ...ends, signal });
    return { removed: realPath, emptied: ends.from };
  });
}

async function abandon(flags: MoveFlags, to: string, signal: AbortSignal): Promise<void> {
  await finish(flags, to, async (ends) => {
    const { abandonMove, rootPlace } = await import('@graphdriver/store');
    const { realPath } = rootPlace(ends.to.root);
    await abandonMove({ ...ends, signal });
    return { removed: realPath, emptied: ends.to };
  });
}

/** Ends a move, and then takes away what the driver had in the place that is given up. */
async function finish(
  flags: MoveFlags,
  to: string,
  end: (ends: MoveEnds) => Promise<{ readonly removed: string; readonly emptied: MoveEnd }>,
): Promise<void> {
  const { removed, emptied } = await withOldEnd(flags, to, ({ withBoth }) => withBoth(end));
  const left = await removeDriverRoot(emptied);
  if (flags.json === true) return printJson({ removed, left });
  print(removed);
  if (left !== null) note(left);
}

/** A line of progress, and how long it will still take where that can be told. */
function moveProgress(total: number): (now: MoveProgress) => void {
  const begun = performance.now();
  return ({ stage, done, total: things, bytes }) => {
    const share = total === 0 ? 1 : Math.min(1, bytes / total);
    const left = ((performance.now() - begun) / share) * (1 - share);
    const toGo = share === 0 || share === 1 ? '' : `, ${Math.ceil(left / 1000)} s to go`;
    progress(`${stage} ${done} of ${things}: ${humanSize(Math.min(bytes, total))} of ${humanSize(total)}${toGo}`);
  };
}
