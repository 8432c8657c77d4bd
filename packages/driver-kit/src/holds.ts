import { readdirSync } from 'node:fs';
import { unlinkFile } from '@graphdriver/host';
import { type BookLayout, holdsAsidePath, holdsPath } from './book-layout.ts';
import { hasName, readNote, replaceNote, writeNote } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import type { View } from './view.ts';

/*
 * `holds/<id>` is a note with a line for every hold of the layer, and is there only while somebody holds it.
 * Whoever changes it has the layer's lock.
 */

/** What is held: a mount by a process, a mount by a lease, or the layer's files while a process reads them without a mount. */
export type HoldKind = 'process' | 'lease' | 'reading';

/** One hold of a layer, as its line tells it. */
export interface Hold {
  readonly line: string;
  readonly kind: HoldKind;
  /** The mark of the process that took it. */
  readonly token: string;
  readonly pid: number;
  /** Of a lease, its name. */
  readonly name: string | null;
  /** How it is mounted, as in {@link View.flags}. */
  readonly flags: string;
  readonly volatile: boolean;
  readonly mountLabel: string | undefined;
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

/** Enters a hold beside `others`, which are all that there are. When it fails, these are all as before. */
export function addHold(root: OpenRoot, id: string, request: HoldRequest, others: readonly Hold[]): Hold {
  const { kind, name, view } = request;
  sequence += 1;
  const { token } = root.processes;
  const label = view.mountLabel === undefined ? '' : `m${encodeURIComponent(view.mountLabel)}`;
  const primary = `${view.volatile ? 'v' : ''}${label}`;
  const line = [kind, view.flags, primary, process.pid, token, sequence, name ?? ''].join(',');
  if (others.length === 0) writeNote(holdsPath(root.layout, id), line);
  else writeLines(root.layout, id, [...others.map((other) => other.line), line]);
  const { flags, volatile, mountLabel } = view;
  return { line, kind, token, pid: process.pid, name, flags, volatile, mountLabel };
}

/** All holds of a layer, in the order in which they were taken. */
export function listHolds(layout: BookLayout, id: string): readonly Hold[] {
  const path = holdsPath(layout, id);
  // Most layers are held by nobody, and an exception costs more than this look.
  if (!hasName(path)) return [];
  return (readNote(path) ?? '').split('\n').flatMap((line) => parseHold(line) ?? []);
}

/** Strikes out holds; those that are not there are fine. Returns what remains. */
export function removeHolds(layout: BookLayout, id: string, gone: readonly Hold[]): readonly Hold[] {
  const all = listHolds(layout, id);
  const remaining = all.filter(({ line }) => !gone.some((hold) => hold.line === line));
  if (remaining.length === all.length) return remaining;
  if (remaining.length === 0) unlinkFile(holdsPath(layout, id));
  else {
    writeLines(
      layout,
      id,
      remaining.map(({ line }) => line),
    );
  }
  return remaining;
}

/** The ids of all layers that somebody holds or held, or of whose holds a crash has left something. */
export function heldIds(layout: BookLayout): ReadonlySet<string> {
  return new Set(readdirSync(layout.holds).map((name) => name.replace(/^\./, '')));
}

/** Takes away what a crash has left of the writing of a layer's holds. */
export function forgetHoldsAside(layout: BookLayout, id: string): void {
  const path = holdsAsidePath(layout, id);
  if (hasName(path)) unlinkFile(path);
}

/** Tells whether the process of a hold runs. Always true of leases. */
export function isLive(root: OpenRoot, hold: Hold): boolean {
  return hold.kind === 'lease' || hold.token === root.processes.token || root.processes.isAlive(hold.token);
}

/** The view that a hold was taken for, so that it can be mounted again. */
export function viewOfHold({ flags, volatile, mountLabel }: Hold, committed: boolean): View {
  const view = { flags, readOnly: committed || flags.includes('o'), volatile };
  return mountLabel === undefined ? view : { ...view, mountLabel };
}

function writeLines(layout: BookLayout, id: string, lines: readonly string[]): void {
  replaceNote(holdsPath(layout, id), holdsAsidePath(layout, id), lines.join('\n'));
}

function parseHold(line: string): Hold | undefined {
  const [kind, flags, primary, pid, token, , name] = line.split(',');
  if (flags === undefined || primary === undefined || token === undefined || name === undefined) return undefined;
  if (kind !== 'process' && kind !== 'lease' && kind !== 'reading') return undefined;
  const volatile = primary.startsWith('v');
  const label = volatile ? primary.slice(1) : primary;
  const mountLabel = label.startsWith('m') ? decodeURIComponent(label.slice(1)) : undefined;
  return { line, kind, token, pid: Number(pid), name: kind === 'lease' ? name : null, flags, volatile, mountLabel };
}
