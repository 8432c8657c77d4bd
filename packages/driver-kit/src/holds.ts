import { existsSync, readdirSync } from 'node:fs';
import {
  closeFile,
  createFile,
  isErrno,
  makeDirectory,
  removeDirectory,
  unlinkFile,
  writeBytes,
} from '@graphdriver/host';
import { type BookLayout, holdPath, holdsPath } from './book-layout.ts';
import type { OpenRoot } from './open-root.ts';
import { readIfThere } from './records.ts';
import type { View } from './view.ts';

/** What is held: a mount by a process, a mount by a lease, or the layer's files while a process reads them without a mount. */
export type HoldKind = 'process' | 'lease' | 'reading';

/** One hold of a layer, as the name of its file tells it. */
export interface Hold {
  /** The name of its file. */
  readonly file: string;
  readonly kind: HoldKind;
  /** The mark of the process that took it. */
  readonly token: string;
  readonly pid: number;
  /** Of a lease, its name. */
  readonly name: string | null;
  /** How it is mounted, as in {@link View.flags}. */
  readonly flags: string;
  readonly volatile: boolean;
  /** Its file says with which label. */
  readonly labelled: boolean;
}

/** What a new hold is to be. */
export interface HoldRequest {
  readonly kind: HoldKind;
  readonly name: string | null;
  readonly view: View;
}

/** The view of who holds without a mount. */
export const NO_VIEW: View = { flags: '', readOnly: true, volatile: false };

let sequence = 0;

/**
 * Enters a hold. Everything it says is in its file's name, so that one directory read tells all about a layer's holds.
 * When it fails, there is nothing.
 */
export function addHold(root: OpenRoot, id: string, request: HoldRequest): Hold {
  const { kind, name, view } = request;
  sequence += 1;
  const primary = `${view.volatile ? 'v' : ''}${view.mountLabel === undefined ? '' : 'm'}`;
  const { token } = root.processes;
  const file = [kind, view.flags, primary, process.pid, token, sequence, name ?? ''].join(',');
  const path = holdPath(root.layout, id, file);
  const made = createIn(holdsPath(root.layout, id), path);
  try {
    if (view.mountLabel !== undefined) writeBytes(made, Buffer.from(view.mountLabel));
  } catch (error) {
    unlinkFile(path);
    throw error;
  } finally {
    closeFile(made);
  }
  return {
    file,
    kind,
    token,
    pid: process.pid,
    name,
    flags: view.flags,
    volatile: view.volatile,
    labelled: view.mountLabel !== undefined,
  };
}

/** All holds of a layer, in no order. */
export function listHolds(layout: BookLayout, id: string): readonly Hold[] {
  const folder = holdsPath(layout, id);
  // Most layers are held by nobody, and an exception costs more than this look.
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder).flatMap((file) => parseHold(file) ?? []);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Strikes out a hold; one that is not there is fine. */
export function removeHold(layout: BookLayout, id: string, hold: Hold): void {
  try {
    unlinkFile(holdPath(layout, id, hold.file));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** Takes away the folder of a layer that nobody holds. Without one nobody looks into it; with one nothing is wrong. */
export function removeHoldsFolder(layout: BookLayout, id: string): void {
  try {
    removeDirectory(holdsPath(layout, id));
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}

/** Tells whether the process of a hold runs. Always true of leases. */
export function isLive(root: OpenRoot, hold: Hold): boolean {
  return hold.kind === 'lease' || hold.token === root.processes.token || root.processes.isAlive(hold.token);
}

/** The view that a hold was taken for, so that it can be mounted again. */
export function viewOfHold(layout: BookLayout, id: string, hold: Hold, committed: boolean): View {
  const view = { flags: hold.flags, readOnly: committed || hold.flags.includes('o'), volatile: hold.volatile };
  if (!hold.labelled) return view;
  return { ...view, mountLabel: readIfThere(holdPath(layout, id, hold.file)) ?? '' };
}

function parseHold(file: string): Hold | undefined {
  const [kind, flags, primary, pid, token, , name] = file.split(',');
  if (flags === undefined || primary === undefined || token === undefined || name === undefined) return undefined;
  if (kind !== 'process' && kind !== 'lease' && kind !== 'reading') return undefined;
  const [volatile, labelled] = [primary.includes('v'), primary.includes('m')];
  return { file, kind, token, pid: Number(pid), name: kind === 'lease' ? name : null, flags, volatile, labelled };
}

function createIn(folder: string, path: string): number {
  if (existsSync(folder)) return createFile(path, 0o600);
  makeDirectory(folder, 0o700);
  try {
    return createFile(path, 0o600);
  } catch (error) {
    removeDirectory(folder);
    throw error;
  }
}
