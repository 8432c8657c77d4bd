import { fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BranchDirectory } from '../src/union/branch-directory.ts';
import { LingeringFiles } from '../src/union/lingering-files.ts';
import { FileNode, TYPE } from '../src/union/nodes.ts';

const MOST = 16;
const home = new BranchDirectory(1, null, 'lower');

let directory: string;
let lingering: LingeringFiles;
let closed: number[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lingering-'));
  lingering = new LingeringFiles();
  closed = [];
  lingering.closeBacking = (backingId) => closed.push(backingId);
});

afterEach(() => rmSync(directory, { recursive: true }));

/** A file that was opened, handed to the kernel under this number, and closed. */
function kept(backing: number): FileNode {
  const node = new FileNode(backing, backing, TYPE.file, home, `${backing}`);
  node.fd = openSync(join(directory, `${backing}`), 'w');
  node.backing = backing;
  lingering.keep(node);
  return node;
}

function isOpen(fd: number): boolean {
  try {
    return fstatSync(fd).nlink === 1;
  } catch {
    return false;
  }
}

it('keeps so many open, and closes what was closed first', () => {
  const nodes = Array.from({ length: MOST + 2 }, (_, index) => kept(index + 1));
  expect(closed).toEqual([1, 2]);
  expect(nodes.filter(({ fd }) => fd >= 0)).toEqual(nodes.slice(2));
  for (const node of nodes) lingering.end(node);
});

it('leaves a file to who opens it again', () => {
  const node = kept(1);
  lingering.resume(node);
  lingering.end(node);
  expect(closed).toEqual([]);
  expect(isOpen(node.fd)).toBe(true);
  lingering.close(node);
});

it('closes a file once, wherever it ends', () => {
  const node = kept(7);
  const { fd } = node;
  lingering.end(node);
  lingering.end(node);
  expect(closed).toEqual([7]);
  expect(isOpen(fd)).toBe(false);
  expect(node).toMatchObject({ fd: -1, backing: 0 });
});
