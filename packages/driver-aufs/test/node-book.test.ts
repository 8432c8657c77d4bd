import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NodeBook, type NodePlace } from '../src/union/node-book.ts';
import { recall } from '../src/union/recall.ts';
import type { Union } from '../src/union/union.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'node-book-wurzel-ä-'));
  path = join(directory, 'books', 'layer');
});

afterEach(() => {
  setFaultHandler(undefined);
  rmSync(directory, { recursive: true });
});

function place(name: string, number = 7, parent = 1): NodePlace {
  return { parent, name, number, users: 0, backing: 0 };
}

it('what was noted is known to the next daemon, without what was forgotten and with what was cut off left out', () => {
  const book = NodeBook.begin(path);
  book.note(10, place('a\xff\n"'));
  book.note(11, place('b'));
  book.note(10, { ...place('c', 8), users: 2, backing: 3 });
  book.forgetNow(11);
  appendFileSync(path, '[12,{"parent":1,"na');
  const next = NodeBook.goOn(path);
  expect(next.placeOf(10)).toEqual({ ...place('c', 8), users: 2, backing: 3 });
  expect([next.placeOf(11), next.placeOf(12)]).toEqual([undefined, undefined]);
  next.remove();
  expect(existsSync(path)).toBe(false);
});

it('an id is claimed once, by its name and number', () => {
  NodeBook.begin(path).note(10, place('a'));
  const next = NodeBook.goOn(path);
  expect([next.claim(1, 'b', 7), next.claim(2, 'a', 7), next.claim(1, 'a', 8)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([next.claim(1, 'a', 7), next.claim(1, 'a', 7)]).toEqual([10, undefined]);
  expect(NodeBook.begin(path).claim(1, 'a', 7)).toBeUndefined();
});

it('a name that is gone takes the id with it that another daemon gave', () => {
  NodeBook.begin(path).note(10, place('a'));
  const next = NodeBook.goOn(path);
  next.lose(1, 'a');
  expect([next.claim(1, 'a', 7), next.placeOf(10)]).toEqual([undefined, undefined]);
  expect(NodeBook.goOn(path).placeOf(10)).toBeUndefined();
});

it('what comes and goes within a turn of the event loop is never written', async () => {
  const book = NodeBook.begin(path);
  book.noteSoon(10, place('a'));
  book.noteSoon(11, place('b'));
  book.forget(10);
  expect(existsSync(path)).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(readFileSync(path, 'utf8').split('\n').length).toBe(2);
  expect(NodeBook.goOn(path).placeOf(11)).toEqual(place('b'));
});

it('the file does not grow with what has been forgotten', () => {
  const book = NodeBook.begin(path);
  for (let id = 10; id < 20_000; id += 1) {
    book.note(id, place(`${id}`));
    book.forgetNow(id);
  }
  book.note(5, place('kept'));
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(5000);
  expect(NodeBook.goOn(path).placeOf(5)).toEqual(place('kept'));
});

it('a full disk fails nobody, and the file is whole again with the next note that can be written', () => {
  const book = NodeBook.begin(path);
  setFaultHandler((call) => {
    if (call === 'write') throw errnoError('write', 28);
  });
  book.note(10, place('a'));
  setFaultHandler(undefined);
  expect(NodeBook.goOn(path).placeOf(10)).toBeUndefined();
  book.note(11, place('b'));
  const next = NodeBook.goOn(path);
  expect([next.placeOf(10), next.placeOf(11)]).toEqual([place('a'), place('b')]);
});

it('a directory that a cut book has inside of itself is nowhere', () => {
  const book = NodeBook.begin(path);
  book.note(10, place('a', 7, 11));
  book.note(11, place('b', 8, 10));
  // All that is looked at before a parent is found.
  const union = { book, nodes: new Map() } as unknown as Union;
  expect([recall(union, 10), recall(union, 11)]).toEqual([undefined, undefined]);
});

it('what the last requests were about to change is known to the next daemon, also once the book was written anew', () => {
  const book = NodeBook.begin(path);
  book.note(10, place('a'));
  for (let request = 1; request <= 5000; request += 1) book.begin(request, request + 7);
  const next = NodeBook.goOn(path);
  expect([next.begunBy(5000), next.begunBy(4800), next.begunBy(1)]).toEqual([5007, 4807, undefined]);
  expect(next.placeOf(10)).toEqual(place('a'));
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(5000);
});

it('a note that was to be written soon is written at once where it is asked for', () => {
  const book = NodeBook.begin(path);
  book.noteSoon(10, place('a'));
  book.settle(11);
  expect(existsSync(path)).toBe(false);
  book.settle(10);
  expect(NodeBook.goOn(path).placeOf(10)).toEqual(place('a'));
});
