import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMountPoint } from '@graphdriver/host';
import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { type CommandLine, commandLine, type Ended, runProgram } from './command-line.ts';

let lock: AsyncDisposable;
beforeAll(async () => {
  lock = await machineLock();
});
afterAll(() => lock[Symbol.asyncDispose]());

/** A committed layer `base` with one file, and `web` on top of it. */
async function withTwoLayers(line: CommandLine): Promise<void> {
  await line.run('layer', 'create', 'base');
  const path = (await line.run('layer', 'mount', 'base')).stdout.trim();
  await mkdir(join(path, 'etc'));
  await writeFile(join(path, 'etc', 'motd'), 'welcome\n');
  await line.run('layer', 'unmount', 'base');
  await line.run('layer', 'commit', 'base');
  await line.run('layer', 'create', 'web', '--parent', 'base', '--label', 'purpose=test');
}

describe('graphdriver layer', () => {
  it('takes a layer from create to remove, as the help shows', async () => {
    await using line = await commandLine();
    await withTwoLayers(line);
    const path = (await line.run('layer', 'mount', 'web')).stdout.trim();
    await appendFile(join(path, 'etc', 'motd'), 'hello\n');
    expect((await line.run('layer', 'unmount', 'web')).code).toBe(0);
    expect((await line.run('layer', 'changes', 'web')).stdout).toBe('C /etc\nC /etc/motd\n');
    expect((await line.run('layer', 'remove', 'web', 'base')).stdout).toBe('web\nbase\n');
    expect(await line.json('layer', 'list')).toMatchObject({ layers: [] });
  });

  it('makes a layer from the files of another, where the driver forks layers', async () => {
    await using line = await commandLine();
    const vfs = (...args: readonly string[]): Promise<Ended> => line.run('--driver', 'vfs', 'layer', ...args);
    await vfs('create', 'web');
    const path = (await vfs('mount', 'web')).stdout.trim();
    await writeFile(join(path, 'motd'), 'hello\n');
    const held = await vfs('create', 'fork', '--fork-of', 'web');
    expect([held.code, held.stderr]).toEqual([1, expect.stringContaining('held')]);
    await vfs('unmount', 'web');
    expect((await vfs('create', 'fork', '--fork-of', 'web', '--parent', 'web')).code).toBe(2);
    expect((await vfs('create', 'fork', '--fork-of', 'missing', '--dry-run')).code).toBe(4);
    expect((await vfs('create', 'fork', '--fork-of', 'web')).stdout).toBe('fork\n');
    expect((await vfs('changes', 'fork')).stdout).toBe('A /motd\n');
    await line.run('--driver', 'overlay2', 'layer', 'create', 'web');
    expect((await line.run('--driver', 'overlay2', 'layer', 'create', 'fork', '--fork-of', 'web')).code).toBe(3);
  });

  it('keeps a layer mounted after the program has ended, until it is unmounted as often as it was mounted', async () => {
    await using line = await commandLine();
    await withTwoLayers(line);
    const path = (await line.run('layer', 'mount', 'web')).stdout.trim();
    await line.run('layer', 'mount', 'web');
    await line.run('layer', 'unmount', 'web');
    expect(isMountPoint(path)).toBe(true);
    await line.run('layer', 'unmount', 'web');
    expect(isMountPoint(path)).toBe(false);
    expect(await line.run('layer', 'unmount', 'web')).toMatchObject({ code: 4, stdout: '' });
  });

  it('carries a change to another root as an archive', async () => {
    await using here = await commandLine();
    await using there = await commandLine();
    await withTwoLayers(here);
    const archive = join(here.root, 'base.tar');
    expect((await here.run('layer', 'diff', 'base', '--output', archive)).code).toBe(0);
    await there.run('layer', 'create', 'base');
    expect((await there.run('layer', 'apply', 'base', archive)).stdout).toBe('8\n');
    const path = (await there.run('layer', 'mount', 'base', '--read-only')).stdout.trim();
    expect(await readFile(join(path, 'etc', 'motd'), 'utf8')).toBe('welcome\n');
    await there.run('layer', 'unmount', 'base');
  });

  it('reads an archive from standard input, and refuses junk without harm', async () => {
    await using line = await commandLine();
    await line.run('layer', 'create', 'base');
    const ended = await runProgram(['--root', line.root, 'layer', 'apply', 'base'], Buffer.from('this is no archive'));
    expect([ended.code, ended.stderr.includes('INVALID_ARCHIVE')]).toEqual([1, true]);
    expect((await line.run('layer', 'changes', 'base')).stdout).toBe('');
  });

  it('does nothing in a dry run, and still refuses what would be refused', async () => {
    await using line = await commandLine();
    await withTwoLayers(line);
    expect((await line.run('layer', 'remove', 'base', '--dry-run')).code).toBe(1);
    expect((await line.run('layer', 'remove', 'web', 'base', '--dry-run')).stdout).toBe(
      'would remove web\nwould remove base\n',
    );
    expect((await line.run('layer', 'create', 'web', '--dry-run')).code).toBe(1);
    expect((await line.run('layer', 'create', 'new', '--dry-run')).code).toBe(0);
    expect(await line.json('layer', 'list')).toMatchObject({ layers: [{ id: 'base' }, { id: 'web' }] });
  });

  it('prints with --json what its schemas say', async () => {
    await using line = await commandLine();
    const results: Record<string, unknown> = {
      drivers: await line.json('drivers'),
      pick: await line.json('pick'),
      'layer create': await line.json('layer', 'create', 'a', '--label', 'k=v'),
      'layer mount': await line.json('layer', 'mount', 'a'),
      'layer show': await line.json('layer', 'show', 'a'),
      'layer unmount': await line.json('layer', 'unmount', 'a'),
      'layer commit': await line.json('layer', 'commit', 'a'),
      'layer changes': await line.json('layer', 'changes', 'a'),
      'layer list': await line.json('layer', 'list'),
      'layer remove': await line.json('layer', 'remove', 'a'),
    };
    for (const [name, result] of Object.entries(results)) {
      expect(resultSchemas[name]?.safeParse(result), name).toMatchObject({ success: true });
    }
  });
});
