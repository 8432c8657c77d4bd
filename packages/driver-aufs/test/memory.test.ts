import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UnionClient } from './union-client.ts';

const DIRECTORIES = 200;
const FILES = 99;
const ENTRIES = DIRECTORIES * (FILES + 1);
/** What the documentation promises for 10,000 entries that the kernel knows. */
const LIMIT = 8 << 20;

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'union-memory-wurzel-ä-'));
  mkdirSync(join(root, 'upper'));
  for (let number = 0; number < DIRECTORIES; number += 1) {
    const directory = join(root, 'lower', `a-directory-${number}`);
    mkdirSync(directory, { recursive: true });
    for (let file = 0; file < FILES; file += 1) writeFileSync(join(directory, `a-file-with-a-name-${file}`), '');
  }
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

it('10,000 entries that the kernel knows take less than 8 MiB, and nothing once it has forgotten them', () => {
  const client = new UnionClient([join(root, 'upper'), join(root, 'lower')], { work: join(root, 'work') });
  const { fileSystem, union } = client;
  const before = heap();
  const known: number[] = [];
  const look = (parent: number, name: string): number => {
    const { node } = fileSystem.lookup(parent, name);
    known.push(node);
    return node;
  };
  for (let number = 0; number < DIRECTORIES; number += 1) {
    const directory = look(union.root.id, `a-directory-${number}`);
    for (let file = 0; file < FILES; file += 1) look(directory, `a-file-with-a-name-${file}`);
  }
  const full = heap() - before;
  expect(union.nodes.size).toBe(ENTRIES + 1);
  expect(full / (ENTRIES / 10_000)).toBeLessThan(LIMIT);
  for (const node of known) fileSystem.forget(node, 1);
  expect(union.nodes.size).toBe(1);
  expect(heap() - before).toBeLessThan(full / 10);
  client.close();
});

it('10,000 names that were only listed take less, and nothing once the kernel has forgotten their directories', () => {
  const client = new UnionClient([join(root, 'upper'), join(root, 'lower')], { work: join(root, 'work') });
  const { fileSystem, union } = client;
  const before = heap();
  const known: number[] = [];
  let found = 0;
  for (let number = 0; number < DIRECTORIES; number += 1) {
    const { node } = fileSystem.lookup(union.root.id, `a-directory-${number}`);
    known.push(node);
    // Reads the directory, and makes no node.
    found += fileSystem.lookup(node, 'nothing').node;
  }
  const full = heap() - before;
  expect(found).toBe(0);
  expect(union.nodes.size).toBe(DIRECTORIES + 1);
  expect(full / (ENTRIES / 10_000)).toBeLessThan(LIMIT / 2);
  for (const node of known) fileSystem.forget(node, 1);
  const left = heap() - before;
  expect(left).toBeLessThan(full / 10);
  client.close();
});
