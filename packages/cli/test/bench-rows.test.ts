import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRows } from '@graphdriver/bench';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from './command-line.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../bench/test/charts/fixture/${name}`, import.meta.url));

describe('graphdriver bench', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'graphdriver-cli-rows-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('rows measures the program that it is part of, and keeps all samples', async () => {
    const out = join(directory, 'rows.json');
    const { code, stdout } = await runProgram([
      'bench',
      'rows',
      '--only',
      'cli/version',
      '--on',
      directory,
      '--out',
      out,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('cli/version');
    const rows = await readRows(out);
    expect(rows.skips).toEqual([]);
    expect(rows.samples.length).toBeGreaterThan(10);
    expect(await readdir(directory)).toEqual(['rows.json']);
  });

  test('rows prints what was measured before, as tables and as JSON', async () => {
    const from = ['bench', 'rows', '--from', fixture('rows.json')];
    const [text, markdown, json] = await Promise.all([
      runProgram(from),
      runProgram([...from, '--markdown']),
      runProgram([...from, '--json']),
    ]);
    expect([text.code, markdown.code, json.code]).toEqual([0, 0, 0]);
    expect(text.stdout).not.toContain('|');
    expect(markdown.stdout).toContain('| --');
    expect(JSON.parse(json.stdout)).toEqual(await readRows(fixture('rows.json')));
  });

  test('rows fails for a missed target only when it is told to', async () => {
    const { code } = await runProgram(['bench', 'rows', '--from', fixture('rows.json'), '--strict']);
    expect(code).toBe(1);
  });

  test('rows takes a name that is no row for wrong usage, and a missing file for not found', async () => {
    expect((await runProgram(['bench', 'rows', '--only', 'nothing'])).code).toBe(2);
    expect((await runProgram(['bench', 'rows', '--from', join(directory, 'missing.json')])).code).toBe(4);
  });

  test('show draws the charts of a result', async () => {
    const charts = join(directory, 'charts');
    const { code } = await runProgram(['bench', 'show', fixture('grid.json'), '--charts', charts]);
    expect(code).toBe(0);
    const names = await readdir(charts);
    expect(names).toContain('copy-up-lines-warm.svg');
    for (const name of names) expect(await readFile(join(charts, name), 'utf8')).toMatch(/^<svg /);
  });
});
