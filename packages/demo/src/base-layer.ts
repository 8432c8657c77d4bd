import { createReadStream, statSync } from 'node:fs';
import { type BytePath, compareTrees, directoryTree, emptyTree, packDiff } from '@graphdriver/archive';
import { isStorageError } from '@graphdriver/core';
import {
  closeFile,
  commandExists,
  createFile,
  makeDirectory,
  measureTree,
  run,
  STREAM_PIECE,
  TimeSlice,
  writeBytes,
} from '@graphdriver/host';
import type { DemoContext } from './demo-context.ts';
import type { DemoRecord } from './demo-result.ts';
import { formatDuration } from './format-duration.ts';
import { subsetTree } from './subset-tree.ts';

/** A root file system as an archive in a file. */
export interface BaseLayer {
  /** In words, as the subject of a sentence. */
  readonly origin: string;
  readonly bytes: number;
  open(): AsyncIterable<Uint8Array>;
}

const DEBIAN_TIMEOUT = 150_000;
const SAMPLE_BYTES = 160 * 1024 ** 2;
const SAMPLED = ['usr/share', 'usr/lib'] as const;

/** Makes a Debian root where this host can, else packs part of the host's own files. Says what it did and how long it took. */
export async function makeBaseLayer(context: DemoContext, folder: string): Promise<BaseLayer> {
  const { story, record, quick } = context;
  makeDirectory(folder);
  const path = `${folder}/base.tar`;
  const start = performance.now();
  const refusal = quick ? 'it is left out of a quick demonstration' : await bootstrapDebian(context, folder, path);
  if (refusal === undefined) {
    const origin = 'A Debian 12 root file system (mmdebstrap, minbase)';
    const { size } = statSync(path);
    story.say(`${origin}: ${megabytes(size)} of tar, made in ${formatDuration(performance.now() - start)}.`);
    return baseLayer(record, origin, path, size);
  }
  story.say(`No fresh Debian: ${refusal}.`);
  const chosen = await chooseDirectories(context);
  const packing = performance.now();
  await packDirectories(context, chosen, path);
  const { size } = statSync(path);
  const seconds = (performance.now() - packing) / 1000;
  const origin = `${chosen.names.length} directories of this host's /usr`;
  story.say(`${origin}: ${megabytes(size)} of tar, packed in ${seconds.toFixed(1)} s: ${megabytes(size / seconds)}/s.`);
  return baseLayer(record, origin, path, size);
}

function baseLayer(record: DemoRecord, origin: string, path: string, bytes: number): BaseLayer {
  record.baseLayer = origin;
  return { origin, bytes, open: () => createReadStream(path, { highWaterMark: STREAM_PIECE }) };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** Returns why there is no Debian, or `undefined` where there is. */
async function bootstrapDebian(
  { progress, signal }: DemoContext,
  folder: string,
  path: string,
): Promise<string | undefined> {
  if (!commandExists('mmdebstrap')) return 'there is no command mmdebstrap';
  const start = performance.now();
  const ticking = setInterval(() => {
    progress.show({
      task: 'mmdebstrap makes a Debian root',
      detail: `${formatDuration(performance.now() - start)}, usually 15 to 60 s`,
    });
  }, 500);
  try {
    await run('mmdebstrap', ['--variant=minbase', '--mode=root', 'bookworm', path], {
      signal,
      timeout: DEBIAN_TIMEOUT,
      env: { TMPDIR: folder },
    });
    return undefined;
  } catch (error) {
    if (signal.aborted || !isStorageError(error)) throw error;
    const stderr = error.details['stderr'];
    const complaint = typeof stderr === 'string' ? stderr.split('\n').find((line) => line.startsWith('E:')) : undefined;
    return `mmdebstrap failed (${complaint ?? error.message})`;
  } finally {
    clearInterval(ticking);
  }
}

interface ChosenDirectories {
  readonly names: readonly BytePath[];
  readonly bytes: number;
}

/** As many directories of the host as make a layer of a handy size. */
async function chooseDirectories({ progress, signal }: DemoContext): Promise<ChosenDirectories> {
  const host = directoryTree('/');
  const names: BytePath[] = [];
  let bytes = 0;
  for (const parent of SAMPLED) {
    for (const { name, type } of host.list(parent)) {
      if (type !== 'directory') continue;
      progress.show({ task: 'choosing files', detail: `/${parent}/${name}` });
      const { apparent } = await measureTree(Buffer.from(`/${parent}/${name}`, 'latin1'), { signal });
      if (bytes + apparent > SAMPLE_BYTES) continue;
      bytes += apparent;
      names.push(`${parent}/${name}`);
    }
  }
  return { names, bytes };
}

async function packDirectories(
  { progress, signal }: DemoContext,
  chosen: ChosenDirectories,
  path: string,
): Promise<void> {
  const tree = subsetTree(directoryTree('/'), chosen.names);
  const archive = packDiff(compareTrees(tree, emptyTree, { signal }), { signal });
  await writeStream(archive, path, (done) => {
    progress.show({ task: 'packing files of this host', fraction: Math.min(1, done / Math.max(1, chosen.bytes)) });
  });
}

async function writeStream(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const slice = new TimeSlice();
  const fd = createFile(path, 0o600);
  try {
    let done = 0;
    for await (const piece of stream) {
      writeBytes(fd, piece);
      done += piece.length;
      onProgress(done);
      if (slice.over) await slice.pause();
    }
  } finally {
    closeFile(fd);
  }
}
