import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { isErrno, makeSymlink, syncDirectory } from '@graphdriver/host';
import type { ZfsLayout } from './layout.ts';

/**
 * What tells this root's datasets from those of other roots: random, made once, and kept in the root.
 *
 * A symbolic link appears with its content or not at all. Where several processes open a new root, the first one's counts.
 *
 * @throws {StorageError} `CORRUPT_ROOT`
 */
export async function rootKey(layout: ZfsLayout): Promise<string> {
  const found = readKey(layout);
  if (found !== undefined) return found;
  try {
    makeSymlink(randomBytes(4).toString('hex'), layout.key);
    // A dataset is on the disk as soon as it is made, and without the key nobody would know whose it is.
    await syncDirectory(layout.root);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  return readKey(layout) ?? brokenKey(layout);
}

function readKey(layout: ZfsLayout): string | undefined {
  let key: string;
  try {
    key = readlinkSync(layout.key, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isErrno(error, 'EINVAL')) return brokenKey(layout);
    throw error;
  }
  return /^[0-9a-f]{8}$/.test(key) ? key : brokenKey(layout);
}

function brokenKey(layout: ZfsLayout): never {
  throw new StorageError('CORRUPT_ROOT', `${layout.key} does not say which datasets belong to the root.`, {
    hint: 'It is a symbolic link to the eight hexadecimal digits with which the names of the datasets start: zfs list shows them.',
    details: { path: layout.key },
  });
}
