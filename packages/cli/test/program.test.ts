import { describe, expect, it } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { commandLine, runProgram } from './command-line.ts';

const commandsOfTheStore: readonly (readonly string[])[] = [
  ...'images history build import load save tag rmi inspect run create start exec ps logs wait stop kill rm diff commit fork df prune'
    .split(' ')
    .map((name) => [name]),
  ['image', 'inspect'],
  ['root', 'move'],
  ...['create', 'ls', 'inspect', 'rm', 'prune'].map((verb) => ['volume', verb]),
];

describe('graphdriver', () => {
  it('prints its version', async () => {
    expect(await runProgram(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('ends with 2 where it is used wrongly', async () => {
    await using line = await commandLine();
    expect((await runProgram(['no-such-command'])).code).toBe(2);
    expect((await line.run('layer', 'create')).code).toBe(2);
    expect((await line.run('layer', 'create', '../escape')).code).toBe(2);
    expect((await line.run('layer', 'create', 'a', '--label', 'novalue')).code).toBe(2);
  });

  it('ends with 4 where there is no such layer, and says so to programs with --json', async () => {
    await using line = await commandLine();
    const ended = await line.run('--json', 'layer', 'show', 'missing');
    expect(ended.code).toBe(4);
    const said: unknown = JSON.parse(ended.stderr);
    expect(said).toMatchObject({ error: { code: 'LAYER_NOT_FOUND' } });
    expect(resultSchemas['error']?.safeParse(said)).toMatchObject({ success: true });
  });

  it('explains the way over from a driver that was removed, and ends with 3', async () => {
    await using line = await commandLine();
    const ended = await line.run('--driver', 'devicemapper', 'pick');
    expect([ended.code, ended.stdout]).toEqual([3, '']);
    expect(ended.stderr).toContain('overlay2');
  });

  it('shows every check and the rule that decided with pick --explain', async () => {
    await using line = await commandLine();
    const { stdout } = await line.run('pick', '--explain');
    for (const word of ['privileges', 'filesystem', 'mount', 'required', 'order of preference'])
      expect(stdout).toContain(word);
  });

  it('writes no colours where it does not write to a terminal', async () => {
    await using line = await commandLine();
    expect((await line.run('drivers')).stdout).not.toContain('\x1b');
  });

  it('has examples in the help of every command', async () => {
    const layer = [
      'create',
      'apply',
      'commit',
      'mount',
      'unmount',
      'changes',
      'diff',
      'list',
      'show',
      'trace',
      'remove',
    ];
    for (const command of [
      ['drivers'],
      ['pick'],
      ['doctor'],
      ['conformance'],
      ['bench'],
      ...['run', 'show', 'compare', 'self', 'rows', 'report', 'validate'].map((verb) => ['bench', verb]),
      ['cost'],
      ['schema'],
      ['completion'],
      ...commandsOfTheStore,
      ['layer'],
      ...layer.map((verb) => ['layer', verb]),
    ]) {
      const { stdout } = await runProgram([...command, '--help']);
      expect(stdout, command.join(' ')).toContain('$ graphdriver');
    }
  });

  it.each(Object.keys(resultSchemas))('prints the JSON Schema of %s', async (name) => {
    const { stdout } = await runProgram(['schema', name]);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object' });
  });
});
