import { closeFile, createFile, TimeSlice } from '@graphdriver/host';
import { letGo } from '../let-go.ts';
import type { WorkloadOperation } from '../workload-profiles/evidence.ts';
import { appendByte, timed, timedAsync } from '../workloads/append-byte.ts';
import { freshContainer, holdOptions, putAndRemove } from '../workloads/container.ts';
import type { Stage } from '../workloads/stage.ts';
import { OWN_FILE, type ReplayFiles } from './replay-files.ts';

/** Nanoseconds that all operations of each kind took together. */
export type ReplayParts = Readonly<Record<WorkloadOperation, number>>;

/** What a replay works on. */
export interface ReplayGround {
  readonly stage: Stage;
  /** The image's top layer. */
  readonly parent: string;
  readonly files: ReplayFiles;
}

/**
 * Does the work of so many containers, one after another, and says how long it took: each is created, mounted, writes, and is unmounted
 * and removed, as fast as it goes. A write is an append of one byte, with opening and closing.
 *
 * Nothing is synced but what the driver syncs itself. Leaves nothing behind when it fails.
 *
 * @throws {StorageError} `ABORTED`, and whatever the driver refuses
 */
export async function replay(ground: ReplayGround, containers: number): Promise<ReplayParts> {
  const spent = { create: 0, get: 0, first: 0, second: 0, put: 0, remove: 0 };
  for (let number = 0; number < containers; number += 1) {
    ground.stage.signal.throwIfAborted();
    await liveOnce(ground, `replayed-${number}`, spent);
  }
  return spent;
}

/** One container of no interest: whatever has to be loaded and compiled is so after it. */
export async function rehearse({ stage, parent, files }: ReplayGround): Promise<void> {
  const container = await freshContainer(stage, 'rehearsal', parent);
  try {
    appendByte(`${container.mount.path}/${files.first[0] ?? ownFile(container.mount.path)}`);
  } finally {
    await putAndRemove(stage, container);
  }
}

async function liveOnce(
  { stage, parent, files }: ReplayGround,
  id: string,
  spent: Record<WorkloadOperation, number>,
): Promise<void> {
  const { driver } = stage;
  spent.create += await timedAsync(() => driver.create(id, { parent }));
  try {
    const start = process.hrtime.bigint();
    const mount = await driver.get(id, holdOptions(stage));
    spent.get += Number(process.hrtime.bigint() - start);
    try {
      if (files.first.length === 0) ownFile(mount.path);
      spent.first += await appendAll(mount.path, files.first, stage.signal);
      spent.second += await appendAll(mount.path, files.later, stage.signal);
    } finally {
      spent.put += await timedAsync(() => letGo(mount));
    }
  } finally {
    spent.remove += await timedAsync(() => driver.remove(id));
  }
}

function ownFile(root: string): string {
  closeFile(createFile(`${root}/${OWN_FILE}`, 0o644));
  return OWN_FILE;
}

/** Nanoseconds that the appends take; what happens in between, so that others get their turn, is not counted. */
async function appendAll(root: string, paths: readonly string[], signal: AbortSignal): Promise<number> {
  const slice = new TimeSlice();
  let spent = 0;
  for (const path of paths) {
    const full = `${root}/${path}`;
    spent += timed(() => appendByte(full));
    if (!slice.over) continue;
    await slice.pause();
    signal.throwIfAborted();
  }
  return spent;
}
