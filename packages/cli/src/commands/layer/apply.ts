import { type FileHandle, open } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { StorageError } from '@graphdriver/core';
import { STREAM_PIECE } from '@graphdriver/host';
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
      // Before the driver is opened: a misspelt name should cost nothing.
      await using file = archive === '-' ? refuseKeyboard() : await openArchive(archive);
      await withDriver(options, async (driver) => {
        if (options.dryRun === true) {
          await refuseHeld(driver, id);
          return printPlan(options, 'apply an archive to', id);
        }
        const input = file?.createReadStream({ highWaterMark: STREAM_PIECE, autoClose: false }) ?? process.stdin;
        // Else an input that is silent would keep the program waiting after Ctrl-C.
        addAbortSignal(signal, input);
        const size = (await file?.stat())?.size;
        const result = await driver.applyDiff(id, withProgress(input, size), { signal });
        endProgress();
        if (options.json === true) printJson({ id, size: result.size });
        else print(`${result.size}`);
      });
    });
}

async function openArchive(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing) throw new StorageError('FILE_NOT_FOUND', `There is no file ${path}.`, { cause: error });
    throw new StorageError('SYSTEM_CALL_FAILED', `${path} cannot be read.`, { cause: error });
  }
}

function refuseKeyboard(): undefined {
  if (process.stdin.isTTY !== true) return;
  throw new TypeError('No archive comes from a keyboard: name its file, or redirect standard input.');
}

async function* withProgress(input: AsyncIterable<Uint8Array>, size: number | undefined): AsyncIterable<Uint8Array> {
  const whole = size === undefined ? '' : ` of ${formatBytes(size)}`;
  let bytes = 0;
  for await (const chunk of input) {
    yield chunk;
    bytes += chunk.byteLength;
    progress(`${formatBytes(bytes)}${whole} read`);
  }
}
