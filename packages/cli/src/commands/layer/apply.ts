import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { withDriver } from '../../composition.ts';
import { endProgress, formatBytes, print, printJson, progress } from '../../terminal.ts';
import { type ChangingOptions, printPlan, refuseHeld, withDryRun } from './dry-run.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer apply base debian.tar.zst          tar, plain or compressed by gzip or zstd
  $ tar -C rootfs -c . | graphdriver layer apply base`;

/** `graphdriver layer apply`: an archive into a writable layer. Prints the bytes of its files. */
export function addApplyCommand(layer: Command, signal: AbortSignal): void {
  withDryRun(layer.command('apply'))
    .description('unpack a layer archive into a writable layer')
    .argument('<id>', 'the layer')
    .argument('[archive]', 'its file, or - for standard input', '-')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, archive: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ChangingOptions>();
      await withDriver(options, async (driver) => {
        if (options.dryRun === true) {
          await refuseHeld(driver, id);
          return printPlan(options, 'apply an archive to', id);
        }
        const input = archive === '-' ? process.stdin : createReadStream(archive, { highWaterMark: 1 << 20 });
        const result = await driver.applyDiff(id, withProgress(input), { signal });
        endProgress();
        if (options.json === true) printJson({ id, size: result.size });
        else print(`${result.size}`);
      });
    });
}

async function* withProgress(input: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of input) {
    yield chunk;
    bytes += chunk.byteLength;
    progress(`${formatBytes(bytes)} read`);
  }
}
