import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { closeFile, createFile, isErrno, makeSymlink, renameFile, unlinkFile, writeBytes } from '@graphdriver/host';

/*
 * A note is a short text under a name of its own: the target of a symbolic link.
 *
 * One system call writes it, wholly or not at all, also when the power fails; one reads it; and none of it waits to be written back.
 * That matters because unmounting an overlay syncs the file system: a file of a hundred bytes that was just written costs 0.1 ms there.
 * What is too long for a link (4,095 bytes on ext4, 1,023 on xfs) is an ordinary file instead, and so is what somebody else put there.
 */

/** No file system takes more in a link. */
const LONGEST = 4095;

/** Writes a new note. Fails with EEXIST where anything has the name; when it fails, there is nothing. */
export function writeNote(path: string, text: string): void {
  if (Buffer.byteLength(text) <= LONGEST && couldLink(path, text)) return;
  const file = createFile(path, 0o600);
  try {
    writeBytes(file, Buffer.from(text));
  } catch (error) {
    unlinkFile(path);
    throw error;
  } finally {
    closeFile(file);
  }
}

/** Puts a note in the place of another, by way of the name `aside`, whose content is nobody's. */
export function replaceNote(path: string, aside: string, text: string): void {
  try {
    writeNote(aside, text);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    unlinkFile(aside);
    writeNote(aside, text);
  }
  renameFile(aside, path);
}

/** The text of a note or a file, or `undefined` where there is none. */
export function readNote(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (!isErrno(error, 'EINVAL')) throw error;
  }
  return readIfThere(path);
}

/** Tells whether there is a note, or anything else, of this name. */
export function hasName(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A file's text, or `undefined` where there is no file. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function couldLink(path: string, text: string): boolean {
  try {
    makeSymlink(text, path);
    return true;
  } catch (error) {
    // An empty text is no target.
    if (isErrno(error, 'ENAMETOOLONG') || text === '') return false;
    throw error;
  }
}
