import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, lchownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makedev, makeNode, run } from '@graphdriver/host';
import { errorCodeOf, put } from './files.ts';

/** Owns the set-user-id program, so that whoever starts it shows whether the bit has an effect. */
const STRANGER = 12_345;
const CHARACTER_DEVICE = 0o020666;
/** What a shell says of a file that is there and may not be executed. */
const NOT_EXECUTABLE = 126;

/** What was possible in a tree with {@link putTemptations}, as tried and not as any table says. */
export interface Possibilities {
  /** A set-user-id program runs as its owner. `null` where programs do not run at all. */
  readonly setId: boolean | null;
  readonly devices: boolean;
  readonly execution: boolean;
  readonly writes: boolean;
}

/** Puts a set-user-id program, a device and a script into a tree, and one file to write to. */
export function putTemptations(root: string): void {
  copyFileSync('/usr/bin/id', join(root, 'id'));
  lchownSync(join(root, 'id'), STRANGER, STRANGER);
  chmodSync(join(root, 'id'), 0o4755);
  makeNode(join(root, 'null'), CHARACTER_DEVICE, makedev(1, 3));
  put(root, 'script', '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  put(root, 'file');
}

/** Tries everything that a mount may forbid. What fails, fails in the one right way, or the check does. */
export async function tryTemptations(root: string): Promise<Possibilities> {
  const device = errorCodeOf(() => readFileSync(join(root, 'null')));
  assert.ok(device === null || device === 'EACCES', `opening a device ended with ${device}`);
  const write = errorCodeOf(() => put(root, 'file', 'written'));
  assert.ok(write === null || write === 'EROFS', `writing ended with ${write}`);
  const execution = await canExecute(root);
  const setId = execution ? await runsAsItsOwner(root) : null;
  return { setId, devices: device === null, execution, writes: write === null };
}

async function canExecute(root: string): Promise<boolean> {
  const script = ['-c', 'exec "$0"', join(root, 'script')];
  const { exitCode } = await run('sh', script, { okExitCodes: [0, NOT_EXECUTABLE] });
  return exitCode === 0;
}

async function runsAsItsOwner(root: string): Promise<boolean> {
  const { stdout } = await run(join(root, 'id'), ['-u']);
  return Number(stdout) === STRANGER;
}
