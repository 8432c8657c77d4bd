import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoError, isErrno, setFaultHandler } from '@graphdriver/host';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { aufs } from '../src/index.ts';
import { finishLoss } from '../src/union/losing-names.ts';
import { UnionClient } from './union-client.ts';

const BASE = `
mkdir dir other; echo many > one; ln one two; ln one dir/three; ln one other/four
echo pair > left; ln left right; echo single > alone
touch -d 2020-01-01 one left alone
`;
const ENOSPC = 28;

let root: string;
let home: string;
let umask: number;
let client: UnionClient;
let branches: string[];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lost-names-wurzel-ä-'));
  umask = process.umask(0);
});

afterAll(() => {
  process.umask(umask);
  rmSync(root, { recursive: true });
});

beforeEach(() => {
  home = mkdtempSync(join(root, 'test-'));
  branches = ['upper', 'lower'].map((name) => join(home, name));
  for (const branch of branches) mkdirSync(branch);
  execFileSync('sh', ['-ec', BASE], { cwd: join(home, 'lower') });
  client = mounted();
});

afterEach(() => {
  setFaultHandler(undefined);
  client.close();
});

function mounted(): UnionClient {
  const fresh = new UnionClient(branches, { work: join(home, 'work') });
  finishLoss(fresh.union);
  return fresh;
}

function remount(): void {
  client.close();
  client = mounted();
}

/** Puts a new layer on top of what there is. */
function stack(): void {
  client.close();
  branches = [join(home, `layer-${branches.length}`), ...branches];
  mkdirSync(branches[0] ?? '');
  client = mounted();
}

/** What the kernel is told about a file that it has forgotten before. */
function look(path: string): Promise<ReturnType<UnionClient['look']>> {
  return client.calling(async () => client.look(path));
}

async function counts(...paths: string[]): Promise<number[]> {
  const found: number[] = [];
  for (const path of paths) found.push((await look(path)).links);
  return found;
}

function records(): string[] {
  const store = join(branches[0] ?? '', '.wh..wh.lost');
  return existsSync(store) ? readdirSync(store) : [];
}

async function unlink(path: string): Promise<void> {
  await client.calling(async () => client.unlink(path));
}

it('a lower file has one link less for each name that was removed, and a later ctime, once forgotten, mounted anew, and from further layers', async () => {
  const { ctime, mtime } = await look('two');
  await unlink('one');
  const after = await look('two');
  expect([after.links, after.mtime, after.ctime > ctime]).toEqual([3, mtime, true]);
  remount();
  expect(await look('two')).toMatchObject({ links: 3, ctime: after.ctime });
  await client.calling(() => client.rename('alone', 'dir/three'));
  remount();
  expect(await counts('two', 'other/four', 'dir/three', 'left')).toEqual([2, 2, 1, 2]);
  stack();
  expect(await counts('two', 'other/four')).toEqual([2, 2]);
  await unlink('two');
  remount();
  expect(await counts('other/four')).toEqual([1]);
});

it('the count stays when the directory goes in which a name was removed, and when the name is used again', async () => {
  await unlink('dir/three');
  await client.calling(async () => client.rmdir('dir'));
  await unlink('one');
  await client.calling(() => client.write('one', Buffer.from('new'), 'truncate'));
  remount();
  expect(await counts('two', 'other/four', 'one')).toEqual([2, 2, 1]);
});

it('a copy in the writable layer has the links that are left, and nothing is subtracted from them', async () => {
  await unlink('one');
  await client.calling(() => client.write('two', Buffer.from('new'), 0));
  remount();
  expect(await counts('two', 'dir/three', 'other/four')).toEqual([3, 3, 3]);
});

it('nothing is written down for a file with one name, and nothing is left of one whose last name is gone', async () => {
  await unlink('alone');
  expect(records()).toEqual([]);
  await unlink('left');
  expect(records()).toHaveLength(1);
  await unlink('right');
  expect(records()).toEqual([]);
});

it('what is written down of another inode with the same number is not believed', async () => {
  await unlink('one');
  remount();
  const [record = ''] = records();
  const store = join(home, 'upper/.wh..wh.lost');
  const text = readlinkSync(join(store, record));
  for (const wrong of [text.replace(/\d$/, (digit) => `${(Number(digit) + 1) % 10}`), 'nonsense', '9 9']) {
    rmSync(join(store, record));
    symlinkSync(wrong, join(store, record));
    remount();
    expect(await counts('two')).toEqual([4]);
  }
  await unlink('two');
  remount();
  expect(await counts('dir/three')).toEqual([3]);
});

it('a removal that fails for want of space at any step has changed no count, and one that succeeds has', async () => {
  for (let last = 1; ; last += 1) {
    let passed = 0;
    setFaultHandler((call, path) => {
      passed += 1;
      if (passed >= last) throw errnoError(call, ENOSPC, path);
    });
    const failure = await unlink('one').catch((error: unknown) => error);
    setFaultHandler(undefined);
    remount();
    const links = await counts('two');
    if (failure === undefined) return expect([last, links]).toEqual([last, [3]]);
    expect([isErrno(failure, 'ENOSPC'), last, links]).toEqual([true, last, [4]]);
  }
});

const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');

it.skipIf(reason !== null)(
  `what a crash cut short is finished by a commit${reason === null ? '' : `: ${reason}`}`,
  async () => {
    await using driver = await aufs.open({ root: join(home, 'root') });
    await driver.create('base');
    execFileSync('sh', ['-ec', BASE], { cwd: join(driver.root, 'diff/base') });
    await driver.commit('base');
    await driver.create('layer', { parent: 'base' });
    // As if the kill had come between the record and the removal.
    const store = join(driver.root, 'diff/layer/.wh..wh.lost');
    const place = [join(driver.root, 'diff/layer'), join(driver.root, 'diff/base')];
    client.close();
    client = new UnionClient(place, { work: join(home, 'work') });
    await unlink('one');
    const [record = ''] = readdirSync(store);
    rmSync(join(driver.root, 'diff/layer/.wh.one'));
    writeFileSync(join(store, 'begun'), `${record}\n-\n/one`);
    await driver.commit('layer');
    expect(readdirSync(store)).toEqual([]);
  },
);
