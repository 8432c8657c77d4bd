import { constants } from 'node:fs';
import { closeFile, openFile, renameFile, syncDirectory, syncFile, unlinkFile, writeBytes } from '@graphdriver/host';
import { asidePath, type BookLayout, recordPath } from './book-layout.ts';
import { quietly } from './quietly.ts';
import { type StoredRecord, serializeRecord } from './records.ts';

/**
 * Puts `next` in the place of `last`, durably: a crash at any point leaves the one or the other, wholly.
 *
 * Waits for the disk also where the record could be lost: file systems that do not write a file out before it replaces another
 * would otherwise leave an empty record, and an older layer is never to be lost because its labels changed.
 * When it fails, `last` is in place.
 */
export async function replaceRecord(layout: BookLayout, last: StoredRecord, next: StoredRecord): Promise<void> {
  const path = recordPath(layout, next.record.id);
  const aside = asidePath(layout, next.record.id);
  try {
    writeAside(aside, next);
    await syncFile(aside);
    renameFile(aside, path);
  } catch (error) {
    await quietly(() => unlinkFile(aside));
    throw error;
  }
  try {
    await syncDirectory(layout.records);
  } catch (error) {
    writeAside(aside, last);
    renameFile(aside, path);
    throw error;
  }
}

const REPLACING = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

function writeAside(path: string, stored: StoredRecord): void {
  const file = openFile(path, REPLACING, 0o600);
  try {
    writeBytes(file, Buffer.from(serializeRecord(stored)));
  } finally {
    closeFile(file);
  }
}
