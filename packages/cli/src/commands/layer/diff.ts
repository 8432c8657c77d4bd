import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { withDriver } from '../../composition.ts';
import { endProgress, formatBytes, progress } from '../../terminal.ts';
import { type BaseOptions, diffOptions, withBase } from './changes.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer diff web > web.tar
  $ graphdriver layer diff web | gzip > web.tar.gz
  $ graphdriver layer diff web --all --output whole.tar`;

interface DiffCommandOptions extends BaseOptions {
  readonly output?: string;
}

/** `graphdriver layer diff`: a layer's change as an archive. */
export function addDiffCommand(layer: Command, signal: AbortSignal): void {
  withBase(layer.command('diff'))
    .description('write what a layer changes as a layer archive')
    .argument('<id>', 'the layer')
    .option('-o, --output <file>', 'write to this file; without it to standard output')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<DiffCommandOptions>();
      if (options.output === undefined && process.stdout.isTTY === true) {
        throw new TypeError('An archive is not for a terminal: redirect it, or give --output FILE.');
      }
      await withDriver(options, async (driver) => {
        const archive = withProgress(driver.diff(id, diffOptions(options, signal)));
        if (options.output === undefined) await pipeline(archive, process.stdout, { end: false });
        else await writeWholly(archive, options.output);
        endProgress();
      });
    });
}

/** Writes the archive beside the file and puts it there when it is whole: what fails leaves the file as it was. */
async function writeWholly(archive: AsyncIterable<Uint8Array>, file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  // A device or a pipe takes what it is given, and nothing may stand in its place.
  if (found !== undefined && !found.isFile()) return await pipeline(archive, createWriteStream(file));
  const aside = `${file}.${process.pid}.partial`;
  try {
    await pipeline(archive, createWriteStream(aside));
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

async function* withProgress(archive: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of archive) {
    yield chunk;
    bytes += chunk.byteLength;
    progress(`${formatBytes(bytes)} written`);
  }
}
