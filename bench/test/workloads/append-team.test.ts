import { constants } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeNode } from '@graphdriver/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppendTeam } from '../../src/workloads/append-team.ts';

describe('AppendTeam', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'append-team-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const files = async (count: number): Promise<string[]> => {
    const paths = Array.from({ length: count }, (_, index) => join(folder, `file-${index}`));
    for (const path of paths) await writeFile(path, 'a');
    return paths;
  };

  test('appends a byte to every file each time that it is told to', async () => {
    const paths = await files(3);
    await using team = new AppendTeam(3, 5_000);
    for (const size of [2, 3]) {
      await team.aim(paths);
      team.go();
      for (const path of paths) expect(await readFile(path, 'utf8')).toHaveLength(size);
    }
  });

  test('touches nothing before it is told to go', async () => {
    const paths = await files(2);
    await using team = new AppendTeam(2, 5_000);
    await team.aim(paths);
    for (const path of paths) expect(await readFile(path, 'utf8')).toBe('a');
    team.go();
  });

  test('throws the error of an append that failed, once, and can be used again', async () => {
    const paths = await files(2);
    await using team = new AppendTeam(2, 5_000);
    await team.aim([join(folder, 'none'), join(folder, 'nor this')]);
    expect(() => team.go()).toThrow(expect.objectContaining({ code: 'ENOENT', syscall: 'open' }));
    await team.aim(paths);
    team.go();
    for (const path of paths) expect(await readFile(path, 'utf8')).toHaveLength(2);
  });

  test('gives up an append that does not end, and is of no more use', async () => {
    const pipe = join(folder, 'pipe');
    makeNode(pipe, constants.S_IFIFO | 0o600, 0);
    const team = new AppendTeam(1, 100);
    await team.aim([pipe]);
    expect(() => team.go()).toThrow(expect.objectContaining({ code: 'TIMED_OUT' }));
    await expect(team.aim([pipe])).rejects.toMatchObject({ code: 'TIMED_OUT' });
    // A reader lets the thread go on, and end.
    await using _reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    await team[Symbol.asyncDispose]();
  });
});
