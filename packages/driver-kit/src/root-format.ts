import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StorageError } from '@graphdriver/core';
import { faultPoint, isErrno, makeDirectory, toStorageError, writeFileAtomicSync } from '@graphdriver/host';
import type { BookLayout } from './book-layout.ts';
import { readIfThere } from './records.ts';

/** The format that this release writes. It grows when an older release could no longer read a root. */
const FORMAT = 1;

/**
 * Makes a driver's root directory, with its parents, where there is none, and returns its real absolute path.
 *
 * Only root's group may pass through it: files in layers have set-user-id bits for users of other systems than this host.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export function prepareRoot(root: string): string {
  if (typeof root !== 'string' || root === '' || root.includes('\0')) throw new TypeError('A root is a path.');
  const path = resolve(root);
  try {
    return existsSync(path) ? realpathSync.native(path) : makeRoot(path);
  } catch (error) {
    throw toStorageError(error, `Could not make the directory ${path}.`);
  }
}

function makeRoot(path: string): string {
  faultPoint('mkdir', path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  makeMissing(path, 0o710);
  return realpathSync.native(path);
}

/** Who wrote a root: a driver's name, or `undefined` where no driver has yet. @throws {StorageError} `NEWER_FORMAT`, `CORRUPT_ROOT` */
export function readFormat(layout: BookLayout): string | undefined {
  const text = readIfThere(layout.format);
  if (text === undefined) return undefined;
  const { format, driver } = parseFormat(text, layout.root);
  if (format > FORMAT) {
    throw new StorageError('NEWER_FORMAT', `A later release wrote ${layout.root}, in format ${format}.`, {
      hint: 'Use that release, or a root of another name.',
      details: { root: layout.root, format },
    });
  }
  return driver;
}

/**
 * Makes sure that the root is `driver`'s own, and has all folders of the books. True for a root that no driver had written yet.
 *
 * @throws {StorageError} `NEWER_FORMAT`; `CORRUPT_ROOT` for another driver's root and for a folder that holds something else
 */
export function claimRoot(layout: BookLayout, driver: string, fixtures: readonly string[]): boolean {
  const owner = readFormat(layout);
  if (owner !== undefined && owner !== driver) {
    throw new StorageError('CORRUPT_ROOT', `${layout.root} belongs to the driver ${owner}, not to ${driver}.`, {
      hint: 'Give every driver a root of its own.',
      details: { root: layout.root, driver: owner },
    });
  }
  if (owner === undefined) refuseForeignContent(layout, fixtures);
  else if (!existsSync(layout.records)) throw lostRecords(layout);
  for (const [folder, mode] of layout.folders) makeMissing(folder, mode);
  if (owner === undefined) writeFileAtomicSync(layout.format, `${JSON.stringify({ format: FORMAT, driver })}\n`);
  return owner === undefined;
}

function parseFormat(text: string, root: string): { format: number; driver: string } {
  try {
    const { format, driver } = JSON.parse(text) as { format?: unknown; driver?: unknown }; // Whatever it is, both are looked at.
    if (typeof format === 'number' && typeof driver === 'string') return { format, driver };
  } catch {
    // The text is not JSON: said below.
  }
  throw new StorageError('CORRUPT_ROOT', `The file that says which driver ${root} belongs to is broken.`, {
    hint: 'Bring it back from a copy.',
    details: { root },
  });
}

// Healing removes what it does not know, and making a layer that fails removes what has its name: neither may meet a stranger's files.
function refuseForeignContent(layout: BookLayout, fixtures: readonly string[]): void {
  const own = new Set(['lost+found', ...fixtures]);
  const foreign = readdirSync(layout.root).filter((name) => !name.startsWith('.') && !own.has(name));
  if (foreign.length === 0) return;
  throw new StorageError('CORRUPT_ROOT', `${layout.root} holds files that no storage driver made, as ${foreign[0]}.`, {
    hint: 'Give the driver a directory of its own.',
    details: { root: layout.root, found: foreign.slice(0, 10) },
  });
}

// Without any records healing would take every layer for one that was never finished.
function lostRecords(layout: BookLayout): StorageError {
  return new StorageError('CORRUPT_ROOT', `The records of the layers in ${layout.root} are gone.`, {
    hint: `Bring ${layout.records} back from a copy or from lost+found.`,
    details: { root: layout.root },
  });
}

function makeMissing(path: string, mode: number): void {
  try {
    makeDirectory(path, mode);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
