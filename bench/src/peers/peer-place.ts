import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { StorageError } from '@graphdriver/core';
import {
  createMounter,
  filesystemOf,
  isSubvolume,
  mountsUnder,
  removeTree,
  type StartedProcess,
  setSubvolumeReadOnly,
  startProcess,
} from '@graphdriver/host';
import { guardScratch, SCRATCH_VARIABLE } from '../scratch-guard.ts';

const ANSWER_WITHIN = 30_000;
const END_WITHIN = 15_000;
const PAUSE = 50;

/** Where a peer keeps things. Disposing ends its daemon, and leaves the root empty and nothing of the other folder. */
export interface PeerPlace extends AsyncDisposable {
  /** On the file system to be measured. */
  readonly root: string;
  /** Of a path short enough for sockets, whose addresses have at most 107 bytes. */
  readonly short: string;
  /** What every process started for the peer has in its environment: by it they are found where this one is killed. */
  readonly mark: Readonly<Record<string, string>>;
  /** Starts a daemon and waits until `answers` no longer fails. @throws {StorageError} `COMMAND_FAILED` with what it has said */
  daemon(command: string, args: readonly string[], answers: () => Promise<unknown>): Promise<void>;
}

/**
 * Ends what is left of a peer whose user was killed together with everything that should have cleared away: processes that were started
 * for this root, and mounts in it.
 */
export async function endLeftovers(root: string): Promise<void> {
  for (const id of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    if (environmentOf(id).includes(`${SCRATCH_VARIABLE}=${root}`)) signalIfAny(Number(id));
  }
  await unmountUnder(root);
}

/** Takes over `root`, an existing directory that is empty but for what {@link endLeftovers} takes away. */
export async function peerPlace(root: string): Promise<PeerPlace> {
  await endLeftovers(root);
  const short = mkdtempSync(`${tmpdir()}/gd-peer-`);
  const mark = { [SCRATCH_VARIABLE]: root };
  const guard = guardScratch(root, short);
  let running: StartedProcess | undefined;
  const end = async (): Promise<void> => {
    if (running !== undefined) await endProcess(running);
    for (const folder of [root, short]) await unmountUnder(folder);
    await makeWritable(root);
    for (const name of readdirSync(root)) await removeTree(`${root}/${name}`);
    await removeTree(short);
    guard.end();
  };
  return {
    root,
    short,
    mark,
    async daemon(command, args, answers) {
      running = startProcess(command, args, { stdin: 'ignore', stdout: 'ignore', env: mark, detached: true });
      const said = lastWords(running);
      if (await isAnswering(running, answers)) return;
      await end();
      throw new StorageError('COMMAND_FAILED', `${command} does not answer: ${said()}`, { details: { command, args } });
    },
    [Symbol.asyncDispose]: end,
  };
}

async function isAnswering(daemon: StartedProcess, answers: () => Promise<unknown>): Promise<boolean> {
  let hasEnded = false;
  void daemon.ended.catch(() => undefined).then(() => (hasEnded = true));
  for (const deadline = Date.now() + ANSWER_WITHIN; Date.now() < deadline && !hasEnded; await setTimeout(PAUSE)) {
    const isSo = await answers().then(
      () => true,
      () => false,
    );
    if (isSo) return true;
  }
  return false;
}

/** The end of what it says of itself, which is read all along so that it can go on. */
function lastWords({ stderr }: StartedProcess): () => string {
  let tail = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = `${tail}${text}`.slice(-600);
  });
  return () => tail.trim();
}

async function endProcess(daemon: StartedProcess): Promise<void> {
  const late = new AbortController();
  const ended = daemon.ended.catch(() => undefined);
  daemon.kill();
  const killing = setTimeout(END_WITHIN, undefined, { signal: late.signal })
    .then(() => daemon.kill('SIGKILL'))
    .catch(() => undefined);
  await ended;
  late.abort();
  await killing;
}

function environmentOf(id: string): readonly string[] {
  try {
    return readFileSync(`/proc/${id}/environ`, 'utf8').split('\0');
  } catch {
    return []; // It has just ended.
  }
}

function signalIfAny(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** Snapshots of committed layers cannot be emptied before. They lie at most this many directories down. */
const DEEPEST_SUBVOLUME = 5;

async function makeWritable(folder: string, depth: number = DEEPEST_SUBVOLUME): Promise<void> {
  if (filesystemOf(folder).name !== 'btrfs') return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) continue;
    if (isSubvolume(path)) await setSubvolumeReadOnly(path, false);
    else if (depth > 1) await makeWritable(path, depth - 1);
  }
}

async function unmountUnder(folder: string): Promise<void> {
  const mounter = createMounter();
  for (const { mountPoint } of mountsUnder(folder).reverse())
    await mounter.unmount(Buffer.from(mountPoint, 'latin1'), { detach: true });
}
