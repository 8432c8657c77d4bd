import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DriverSettings, StorageError } from '@graphdriver/core';
import {
  faultPoint,
  isErrno,
  makeDirectory,
  makeHardLink,
  toStorageError,
  unlinkFile,
  writeFileAtomicSync,
} from '@graphdriver/host';
import type { BookLayout } from './book-layout.ts';
import { readIfThere } from './notes.ts';
import { absoluteRoot } from './open-options.ts';

/** The format that this release writes. It grows when an older release could no longer read a root. */
const FORMAT = 1;

/** What a root says of itself: whose it is, and how its layers are made. */
export interface RootFormat {
  readonly driver: string;
  /** What the root was made with; nothing of what a driver learnt to set later. */
  readonly settings: DriverSettings;
}

/**
 * Makes a driver's root directory, with its parents, where there is none, and returns its real absolute path.
 *
 * Only root's group may pass through it: files in layers have set-user-id bits for users of other systems than this host.
 *
 * @throws {TypeError} for what is no path
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export function prepareRoot(root: string): string {
  const path = absoluteRoot(root);
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

/** What is written in a root; `undefined` where no driver has made it yet. @throws {StorageError} `NEWER_FORMAT`, `CORRUPT_ROOT` */
export function readFormat(layout: BookLayout): RootFormat | undefined {
  const text = readIfThere(layout.format);
  if (text === undefined) return undefined;
  const { format, ...rest } = parseFormat(text, layout.root);
  if (format > FORMAT) {
    throw new StorageError('NEWER_FORMAT', `A later release wrote ${layout.root}, in format ${format}.`, {
      hint: 'Use that release, or a root of another name.',
      details: { root: layout.root, format },
    });
  }
  return rest;
}

/**
 * Makes sure that the root is the driver's own, and has all folders of the books. Returns what is then written in it: where several
 * processes make one root at once, what the first of them wrote.
 *
 * @throws {StorageError} `NEWER_FORMAT`; `CORRUPT_ROOT` for another driver's root and for a folder that holds something else
 */
export function claimRoot(layout: BookLayout, wanted: RootFormat, fixtures: readonly string[]): RootFormat {
  const found = readFormat(layout);
  if (found === undefined) refuseForeignContent(layout, fixtures);
  else refuseForeignRoot(layout, found, wanted.driver);
  if (found !== undefined && !existsSync(layout.records)) throw lostRecords(layout);
  for (const [folder, mode] of layout.folders) makeMissing(folder, mode);
  if (found !== undefined) return found;
  writeFormat(layout, wanted);
  const written = readFormat(layout) ?? wanted;
  refuseForeignRoot(layout, written, wanted.driver);
  return written;
}

/** Leaves the file that is there: a rename would replace what another process has written and works by already. */
function writeFormat(layout: BookLayout, { driver, settings }: RootFormat): void {
  const aside = `${layout.format}.${randomBytes(4).toString('hex')}.aside`;
  writeFileAtomicSync(aside, `${JSON.stringify({ format: FORMAT, driver, settings })}\n`);
  try {
    makeHardLink(aside, layout.format);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    unlinkFile(aside);
  }
}

function refuseForeignRoot(layout: BookLayout, found: RootFormat, driver: string): void {
  if (found.driver === driver) return;
  throw new StorageError('CORRUPT_ROOT', `${layout.root} belongs to the driver ${found.driver}, not to ${driver}.`, {
    hint: 'Give every driver a root of its own.',
    details: { root: layout.root, driver: found.driver },
  });
}

function parseFormat(text: string, root: string): RootFormat & { readonly format: number } {
  try {
    // Whatever it is, every part is looked at.
    const found = JSON.parse(text) as { format?: unknown; driver?: unknown; settings?: unknown };
    const { format, driver, settings = {} } = found;
    if (typeof format === 'number' && typeof driver === 'string' && areSettings(settings))
      return { format, driver, settings: Object.freeze(settings) };
  } catch {
    // The text is not JSON: said below.
  }
  throw new StorageError('CORRUPT_ROOT', `The file that says which driver ${root} belongs to is broken.`, {
    hint: 'Bring it back from a copy.',
    details: { root },
  });
}

function areSettings(value: unknown): value is DriverSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
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
