import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFaultHandler } from '@graphdriver/host';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { finishInterrupted } from '../src/union/finish-interrupted.ts';
import { UnionClient } from './union-client.ts';

let home: string;
let branches: string[];
let client: UnionClient;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hard-links-wurzel-ä-'));
  branches = ['upper', 'lower'].map((name) => join(home, name));
  for (const branch of branches) mkdirSync(branch);
  const base = 'mkdir -p dir/sub other; echo many > one; ln one dir/two; ln one dir/sub/three; ln one other/four';
  execFileSync('sh', ['-ec', base], { cwd: join(home, 'lower') });
  client = new UnionClient(branches, { work: join(home, 'work') });
});

afterEach(() => {
  setFaultHandler(undefined);
  client.close();
  rmSync(home, { recursive: true });
});

async function remount(): Promise<void> {
  client.close();
  client = new UnionClient(branches, { work: join(home, 'work') });
  await finishInterrupted(client.union);
}

async function stack(): Promise<void> {
  branches = [join(home, `layer-${branches.length}`), ...branches];
  mkdirSync(branches[0] ?? '');
  await remount();
}

async function facts(...paths: string[]): Promise<unknown> {
  return client.calling(async () =>
    paths.map((path) => {
      const { links, ino } = client.look(path);
      return [client.read(path).toString(), links, ino];
    }),
  );
}

async function rename(from: string, to: string): Promise<void> {
  await client.calling(() => client.rename(from, to));
}

it('names of a lower file in directories that were renamed, in this layer and in others, get the copy of its first write', async () => {
  await rename('dir', 'moved');
  await stack();
  await rename('moved/sub', 'other/again');
  await rename('other', 'last');
  const { ino } = await client.calling(async () => client.look('one'));
  await client.calling(() => client.write('last/again/three', Buffer.from('NEW'), 0));
  const all = ['one', 'moved/two', 'last/again/three', 'last/four'];
  const expected = all.map(() => ['NEWy\n', 4, ino]);
  expect(await facts(...all)).toEqual(expected);
  await remount();
  expect(await facts(...all)).toEqual(expected);
});

it('something else that has come to lie at the old path of a name is left alone', async () => {
  await rename('dir', 'moved');
  await client.calling(async () => client.mkdir('dir'));
  await client.calling(() => client.write('dir/two', Buffer.from('another'), 'truncate'));
  await client.calling(() => client.write('one', Buffer.from('NEW'), 0));
  await remount();
  expect(await client.calling(async () => client.read('dir/two').toString())).toBe('another');
  expect(await client.calling(async () => client.read('moved/two').toString())).toBe('NEWy\n');
  expect(await client.calling(async () => client.look('moved/two').links)).toBe(4);
});

it('a crash at any moment of the copy leaves all names with the old content or all with the new, once it is mounted again', async () => {
  await rename('dir', 'moved');
  class Crash extends Error {}
  for (let last = 1; ; last += 1) {
    await stack();
    let passed = 0;
    setFaultHandler(() => {
      passed += 1;
      if (passed >= last) throw new Crash();
    });
    const writing = client.calling(() => client.change('one', { mtime: { seconds: last, nanoseconds: 0 } }));
    const failure = await writing.catch((error: unknown) => error);
    setFaultHandler(undefined);
    if (failure !== undefined && !(failure instanceof Crash)) throw failure;
    await remount();
    const names = ['one', 'moved/two', 'moved/sub/three', 'other/four'];
    const times = await client.calling(async () => names.map((name) => client.look(name).mtime));
    expect([last, new Set(times).size, ...(await countsOf(names))]).toEqual([last, 1, 4, 4, 4, 4]);
    if (failure === undefined) return;
  }
});

async function countsOf(names: readonly string[]): Promise<number[]> {
  return client.calling(async () => names.map((name) => client.look(name).links));
}
