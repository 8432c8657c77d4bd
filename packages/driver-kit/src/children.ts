import { readdirSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { closeFile, createFile, isErrno, makeDirectory } from '@graphdriver/host';
import { type BookLayout, childPath, childrenPath } from './book-layout.ts';
import { finishLeftovers, strikeOutChild } from './leftovers.ts';
import { hasName } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import { readRecord } from './records.ts';

/*
 * `children/<parent>/<child>` lets the removal of a layer know its children without reading all records.
 * The entry is made before the child and struck out after it, so that it may be there in vain but is never missing.
 * The parent is locked when it is made, and when it is looked at; or another child of it is, as long as which is there nobody removes it.
 */

/** Enters a child, unless it is entered. The parent or another child of it is locked. */
export function enterChild(layout: BookLayout, parent: string, child: string): void {
  const path = childPath(layout, parent, child);
  try {
    closeFile(createFile(path, 0o600));
    return;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  makeMissingFolder(childrenPath(layout, parent));
  closeFile(createFile(path, 0o600));
}

/**
 * Refuses a parent that has children, or on which one is being made or removed; strikes out what crashes have left. The parent is locked.
 *
 * Looks at no more than one child that lives.
 *
 * @throws {StorageError} `LAYER_IN_USE`
 */
export async function refuseParent(root: OpenRoot, parent: string): Promise<void> {
  for (const child of enteredChildren(root.layout, parent)) {
    if (isChild(root.layout, parent, child)) throw hasChild(parent, child);
    // Its lock is out of order, so that it can only be tried; who has it is making or removing the child.
    using lock = root.locks.tryAcquire(child);
    if (lock === undefined || isChild(root.layout, parent, child)) throw hasChild(parent, child);
    await finishLeftovers(root, child);
    strikeOutChild(root.layout, parent, child);
  }
}

function enteredChildren(layout: BookLayout, parent: string): readonly string[] {
  const folder = childrenPath(layout, parent);
  return hasName(folder) ? readdirSync(folder) : [];
}

function isChild(layout: BookLayout, parent: string, child: string): boolean {
  return readRecord(layout, child)?.parents[0] === parent;
}

function hasChild(parent: string, child: string): StorageError {
  return new StorageError('LAYER_IN_USE', `The layer ${parent} is the parent of ${child}.`, {
    hint: 'Remove its children first.',
    details: { id: parent, child },
  });
}

function makeMissingFolder(path: string): void {
  try {
    makeDirectory(path, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
