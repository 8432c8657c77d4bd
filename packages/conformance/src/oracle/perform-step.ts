import {
  appendFileSync,
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { listXattrs, makeNode, readXattr, setTimes, writeXattr } from '@graphdriver/host';
import type { TreeStep } from './random-step.ts';

const FIFO = 0o010600;

/**
 * Does one step under `root`, and returns `done`, or the code of the error for which it was not done.
 *
 * `tick` makes contents and times differ from step to step and be the same on both sides.
 * Every changed file gets a time of its own, so that a file which was only touched cannot be told from one that was not.
 */
export function performStep(root: string, step: TreeStep, tick: number, time: bigint): string {
  const path = join(root, step.path);
  try {
    const changed = change(root, path, step, tick);
    if (changed !== undefined) setTimes(changed, { mtime: time });
    return 'done';
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
    return isFull(step, error.code) ? 'ENOTEMPTY' : error.code;
  }
}

/** Whether a directory was not empty: rename(2) and rmdir(2) may say EEXIST for it, by POSIX, as zfs-fuse does. */
function isFull(step: TreeStep, code: string): boolean {
  return code === 'EEXIST' && (step.do === 'rename' || step.do === 'rmdir');
}

/** The path whose time is to be set afterwards, or `undefined` where none is. */
function change(root: string, path: string, step: TreeStep, tick: number): string | undefined {
  switch (step.do) {
    case 'write':
    case 'append':
    case 'truncate':
    case 'rewrite-unnoticed':
      return changeContent(path, step, tick);
    case 'mkdir':
      return void mkdirSync(path);
    case 'rmdir':
      return void rmdirSync(path);
    case 'remove-tree':
      return void rmSync(path, { recursive: true });
    case 'unlink':
      return void unlinkSync(path);
    case 'symlink':
      return void symlinkSync(`to-${tick}`, path);
    case 'fifo':
      return void makeNode(path, FIFO, 0);
    case 'rename':
    case 'link':
      return changeName(root, path, step);
    case 'chmod':
    case 'chown':
    case 'set-attribute':
      return changeLooks(path, step, tick);
  }
}

type StepOf<Word extends TreeStep['do']> = Extract<TreeStep, { readonly do: Word }>;

function changeContent(
  path: string,
  step: StepOf<'write' | 'append' | 'truncate' | 'rewrite-unnoticed'>,
  tick: number,
): string | undefined {
  if (!isFileOrFree(path)) throw refusal('ENOTFILE');
  if (step.do === 'write') writeFileSync(path, filling(tick, step.length));
  if (step.do === 'append') appendFileSync(path, filling(tick, step.length));
  if (step.do === 'truncate') truncateSync(path, step.length);
  if (step.do !== 'rewrite-unnoticed') return path;
  const { size, mtimeNs } = lstatSync(path, { bigint: true });
  if (size === 0n) throw refusal('EEMPTY');
  writeFileSync(path, filling(tick, Number(size)), { flag: 'r+' });
  setTimes(path, { mtime: mtimeNs });
  return undefined;
}

function changeName(root: string, path: string, step: StepOf<'rename' | 'link'>): string {
  const to = join(root, step.to);
  if (step.do === 'rename') {
    renameSync(path, to);
    return to;
  }
  if (!lstatSync(path).isFile()) throw refusal('ENOTFILE');
  linkSync(path, to);
  return path;
}

function changeLooks(path: string, step: StepOf<'chmod' | 'chown' | 'set-attribute'>, tick: number): string {
  if (lstatSync(path).isSymbolicLink() && step.do === 'chmod') throw refusal('ELINK');
  if (step.do === 'chmod') chmodSync(path, step.mode);
  if (step.do === 'chown') lchownSync(path, step.owner, step.owner);
  if (step.do === 'set-attribute') writeXattr(path, step.name, filling(tick, step.length));
  return path;
}

/** Links and fifos are not written through: a fifo would wait for a reader. */
function isFileOrFree(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

function refusal(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function filling(tick: number, length: number): Buffer {
  return Buffer.alloc(length, `${tick}.`);
}

/** Puts a copy with the same looks in the place of one name of a file: what copy_up does where hard links come apart. */
export function breakLink(path: string): void {
  const { uid, gid, mode, mtimeNs } = lstatSync(path, { bigint: true });
  const parent = join(path, '..');
  const parentTime = lstatSync(parent, { bigint: true }).mtimeNs;
  const aside = `${path}.aside`;
  writeFileSync(aside, readFileSync(path));
  lchownSync(aside, Number(uid), Number(gid));
  chmodSync(aside, Number(mode & 0o7777n));
  for (const name of listXattrs(path)) writeXattr(aside, name, readXattr(path, name) ?? Buffer.alloc(0));
  setTimes(aside, { mtime: mtimeNs });
  renameSync(aside, path);
  setTimes(parent, { mtime: parentTime });
}
