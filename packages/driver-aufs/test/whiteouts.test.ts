import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UnionClient } from './union-client.ts';

const NAMES = ['one', 'two', 'three'];
const EXDEV = 18;
const EMLINK = 31;

let root: string;
let client: UnionClient;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'union-whiteouts-wurzel-ä-'));
  for (const directory of ['upper', 'lower']) mkdirSync(join(root, directory));
  for (const name of NAMES) writeFileSync(join(root, 'lower', name), name);
  client = new UnionClient([join(root, 'upper'), join(root, 'lower')], { work: join(root, 'work') });
});

afterEach(() => {
  setFaultHandler(undefined);
  client.close();
  rmSync(root, { recursive: true });
});

/** Removes the files, and tells the inodes of their whiteouts. */
async function whiteouts(): Promise<readonly number[]> {
  for (const name of NAMES) await client.calling(async () => client.unlink(name));
  for (const name of NAMES) expect(existsSync(join(root, 'upper', name))).toBe(false);
  return NAMES.map((name) => statSync(join(root, 'upper', `.wh.${name}`)).ino);
}

/** The `failing`th link fails, or each of them. */
function failLink(number: number, failing?: number): void {
  let links = 0;
  setFaultHandler((call, path) => {
    if (call !== 'link') return;
    links += 1;
    if (failing === undefined || links === failing) throw errnoError(call, number, path);
  });
}

it('whiteouts are names of one file', async () => {
  expect(new Set(await whiteouts()).size).toBe(1);
});

it('whiteouts go on with a new file when theirs can have no more names', async () => {
  failLink(EMLINK, 3);
  const [first, second, third] = await whiteouts();
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

it('whiteouts are files of their own where they cannot be names of one', async () => {
  failLink(EXDEV);
  expect(new Set(await whiteouts()).size).toBe(NAMES.length);
});
