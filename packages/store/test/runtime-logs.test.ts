import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { LockFile } from '@graphdriver/host';
import { type ScratchRoot, scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containerFiles } from '../src/runtime/container-files.ts';
import { MONITOR_LOCK, writeExited, writeRunning } from '../src/runtime/container-state.ts';
import { JsonLog } from '../src/runtime/json-log.ts';
import { type LogOptions, readLogs } from '../src/runtime/read-logs.ts';
import { until } from './runtime-fixture.ts';

let scratch: ScratchRoot;
let path: string;

beforeEach(async () => {
  scratch = await scratchRoot('gd-log-');
  path = containerFiles(scratch.path).log;
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

async function read(options: LogOptions = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const { log } of readLogs(scratch.path, options)) lines.push(log);
  return lines;
}

async function write(log: JsonLog, ...pieces: (string | Uint8Array)[]): Promise<void> {
  const stream = log.stream('stdout');
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await finished(stream);
}

test('each line is an object of its own, in whatever pieces it comes', async () => {
  const log = new JsonLog(path);
  await write(log, 'on', 'e\ntwo\n\nth', 'ree');
  log.close();
  const entries = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries.map(({ log: text }) => text)).toEqual(['one\n', 'two\n', '\n', 'three']);
  expect(entries[0]).toEqual({ log: 'one\n', stream: 'stdout', time: expect.stringMatching(/^\d{4}-.*Z$/) });
});

test('a character that is torn apart by pieces or by the length of a line stays whole', async () => {
  const log = new JsonLog(path);
  const euro = Buffer.from('€');
  await write(log, euro.subarray(0, 1), euro.subarray(1), '\n', 'x', '€'.repeat(20_000), '\n');
  log.close();
  const lines = await read();
  expect(lines.join('')).toBe(`€\nx${'€'.repeat(20_000)}\n`);
  expect(lines.length).toBeGreaterThan(4);
  expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(16 * 1024);
});

test('a full log moves on to a new file, and the oldest one goes', async () => {
  const log = new JsonLog(path, { maxSize: 500, maxFiles: 3 });
  for (let number = 0; number < 40; number += 1) await write(log, `line ${number}\n`);
  log.close();
  expect(existsSync(`${path}.2`)).toBe(true);
  expect(existsSync(`${path}.3`)).toBe(false);
  for (const file of [path, `${path}.1`, `${path}.2`]) expect(statSync(file).size).toBeLessThanOrEqual(500);
  const lines = await read();
  expect(lines.at(-1)).toBe('line 39\n');
  expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => `line ${40 - lines.length + index}\n`));
});

test('a log of a single file is emptied when it is full, and goes on after a restart', async () => {
  const log = new JsonLog(path, { maxSize: 200 });
  for (let number = 0; number < 10; number += 1) await write(log, `line ${number}\n`);
  log.close();
  expect(statSync(path).size).toBeLessThanOrEqual(200);
  const again = new JsonLog(path, { maxSize: 100_000 });
  await write(again, 'later\n');
  again.close();
  expect((await read()).slice(-2)).toEqual(['line 9\n', 'later\n']);
});

test('the last lines, and those since a time, are found', async () => {
  const entry = (text: string, time: string): string => `${JSON.stringify({ log: text, stream: 'stderr', time })}\n`;
  writeFileSync(path, entry('a\n', '2026-01-01T00:00:00.000Z') + entry('b\n', '2026-01-02T00:00:00.123456789Z'));
  appendFileSync(path, `${entry('c\n', '2026-01-03T00:00:00.000Z')}{"log":"torn`);
  expect(await read()).toEqual(['a\n', 'b\n', 'c\n']);
  expect(await read({ tail: 2 })).toEqual(['b\n', 'c\n']);
  expect(await read({ tail: 0 })).toEqual([]);
  expect(await read({ since: new Date('2026-01-02T00:00:00Z') })).toEqual(['b\n', 'c\n']);
  expect(await read({ since: new Date('2026-01-02T00:00:00Z'), tail: 1 })).toEqual(['c\n']);
  expect(await read({ follow: true, tail: 1 })).toEqual(['c\n']);
});

test('a container that has never run has no log', async () => {
  expect(await read()).toEqual([]);
});

test('who follows sees all lines in order, over every new file, and is done when the container has ended', async () => {
  const files = containerFiles(scratch.path);
  const monitor = LockFile.open(files.lock);
  monitor.tryAcquire(MONITOR_LOCK);
  const state = writeRunning(files, undefined);
  const log = new JsonLog(path, { maxSize: 2_000, maxFiles: 5 });
  await write(log, 'old\n', 'line 0\n');
  const seen: string[] = [];
  const following = (async () => {
    for await (const { log: text } of readLogs(scratch.path, { follow: true, tail: 1 })) seen.push(text);
  })();
  await until(() => seen.length === 1, 'the last line was seen');
  for (let number = 1; number < 60; number += 1) {
    await write(log, `line ${number}\n`);
    if (number % 20 === 0) await until(() => seen.includes(`line ${number}\n`), 'the line was seen');
  }
  writeExited(files, state, { exitCode: 0 });
  monitor.close();
  await following;
  log.close();
  expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => `line ${index}\n`));
});

test('following ends when it is told to', async () => {
  const files = containerFiles(scratch.path);
  const monitor = LockFile.open(files.lock);
  monitor.tryAcquire(MONITOR_LOCK);
  writeRunning(files, undefined);
  new JsonLog(path).close();
  expect(await read({ follow: true, signal: AbortSignal.timeout(20) })).toEqual([]);
  monitor.close();
});
