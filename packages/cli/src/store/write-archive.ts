import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { endProgress, progress } from '../terminal.ts';
import { humanSize } from './docker-units.ts';

/** Refuses to write an archive to a terminal. @throws {TypeError} */
export function refuseTerminal(output: string | undefined): void {
  if (output === undefined && process.stdout.isTTY === true)
    throw new TypeError('An archive is not for a terminal: redirect it, or give --output FILE.');
}

/** Writes an archive to a file, which appears when it is whole, or to standard output. */
export async function writeArchive(archive: AsyncIterable<Uint8Array>, output: string | undefined): Promise<void> {
  const shown = withProgress(archive);
  if (output === undefined) await pipeline(shown, process.stdout, { end: false });
  else await writeWholly(shown, output);
  endProgress();
}

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
    progress(`${humanSize(bytes)} written`);
  }
}
