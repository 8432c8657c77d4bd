import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMounter, mountsUnder, removeTree } from '@graphdriver/host';
import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { type Ended, runProgram } from './command-line.ts';
import { makeSmallRoot } from './small-root.ts';

const LOOP = ['sh', '-c', 'while :; do sleep 0.02; done'];

let lock: AsyncDisposable;
beforeAll(async () => {
  lock = await machineLock();
});
afterAll(() => lock[Symbol.asyncDispose]());

describe.each(['overlay2', 'vfs'])('images and containers from the command line on %s', (driver) => {
  let folder: string;
  const run = (...args: readonly string[]): Promise<Ended> =>
    runProgram(['--root', join(folder, 'root'), '--driver', driver, ...args]);
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout, stderr } = await run('--json', ...args);
    expect(stdout, stderr).not.toBe('');
    return JSON.parse(stdout);
  };
  /** Runs with `--json`, and compares what is printed with the schema that the program prints for it. */
  const checked = async (schema: string, ...args: readonly string[]): Promise<unknown> => {
    const result = await json(...args);
    expect(resultSchemas[schema]?.safeParse(result), schema).toMatchObject({ success: true });
    return result;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'graphdriver-cli-store-'));
    makeSmallRoot(join(folder, 'files'));
    mkdirSync(join(folder, 'context'));
    writeFileSync(
      join(folder, 'context/Dockerfile'),
      'FROM base:1\nARG NOTE\nCOPY hello /hello\nCMD ["cat", "/hello"]\n',
    );
    writeFileSync(join(folder, 'context/hello'), 'hello\n');
    const imported = await run('import', join(folder, 'files'), 'base:1', '--command', 'sh');
    expect(imported).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) });
  });
  afterAll(async () => {
    await run('rm', '--force', ...(await run('ps', '-aq')).stdout.split('\n').filter((id) => id !== ''));
    const mounter = createMounter();
    for (const { mountPoint } of mountsUnder(folder).reverse()) await mounter.unmount(mountPoint, { detach: true });
    await removeTree(folder);
  });

  it('builds, lists, tells the history of, saves, loads and removes images', async () => {
    const built = await run('build', '-t', 'acme/hello:1.0', join(folder, 'context'));
    expect([built.code, built.stderr]).toEqual([0, expect.stringContaining('Step 3/4 : COPY hello /hello')]);
    const { stdout } = await run('images');
    expect(stdout).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\n/);
    expect(stdout).toMatch(/acme\/hello +1\.0 +[0-9a-f]{12} +.* +\d+(\.\d+)?MB/);
    const history = (await run('history', 'acme/hello:1.0')).stdout.split('\n');
    expect(history[1]).toMatch(/^[0-9a-f]{12} .* CMD \["cat" "\/hello"\] +0B$/);
    expect(history[2]).toMatch(/COPY hello \/hello +6B/);
    const archive = join(folder, 'hello.tar');
    expect((await run('save', '--output', archive, 'acme/hello:1.0')).code).toBe(0);
    const [id] = (await run('images', '-q', '--no-trunc', 'acme/hello')).stdout.split('\n');
    expect((await run('rmi', 'acme/hello:1.0')).stdout).toBe(`Untagged: acme/hello:1.0\nDeleted: ${id}\n`);
    expect(await run('history', 'acme/hello:1.0')).toMatchObject({ code: 4 });
    expect(await run('load', '--input', archive)).toMatchObject({ code: 0, stdout: 'Loaded image: acme/hello:1.0\n' });
    expect((await run('images', '-q', '--no-trunc', 'acme/hello')).stdout).toBe(`${id}\n`);
    expect((await run('run', '--rm', 'acme/hello:1.0')).stdout).toBe('hello\n');
  });

  it('ends with the code of the program that it runs, and with 125 to 127 where there is none', async () => {
    expect(await run('run', '--rm', '-e', 'A=1', 'base:1', 'sh', '-c', 'echo $A --json; exit 7')).toMatchObject({
      code: 7,
      stdout: '1 --json\n',
    });
    expect((await run('run', '--rm', 'base:1', 'no-such-program')).code).toBe(127);
    expect((await run('run', '--rm', 'base:1', '/etc')).code).toBe(126);
    expect((await run('run', '--rm', '-u', 'nobody-here', 'base:1')).code).toBe(125);
    expect((await run('run', '--rm', 'missing:1')).code).toBe(4);
    expect((await run('run', '--rm', 'Not a name')).code).toBe(2);
    expect(await json('ps', '-a')).toEqual({ containers: [] });
  });

  it('takes a container from run to rm, as people know it', async () => {
    const { stdout: id } = await run('run', '-d', '--name', 'web', '-v', 'data:/data', 'base:1', ...LOOP);
    expect(id).toMatch(/^[0-9a-f]{64}\n$/);
    const listed = (await run('ps', '--size')).stdout.split('\n');
    expect(listed[0]).toMatch(/^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES +SIZE$/);
    expect(listed[1]).toMatch(
      new RegExp(`^${id.slice(0, 12)} +base:1 +"sh -c while.*…" .* Up .* web +0B \\(virtual .*MB\\)$`),
    );
    expect(await run('rm', 'web')).toMatchObject({ code: 1, stderr: expect.stringContaining('CONTAINER_RUNNING') });
    expect(await run('exec', 'web', 'sh', '-c', 'echo noted > /note; echo kept > /data/kept; exit 3')).toMatchObject({
      code: 3,
    });
    expect((await run('stop', '-t', '0', 'web')).stdout).toBe('web\n');
    expect((await run('diff', 'web')).stdout.split('\n')).toContain('A /note');
    expect((await run('wait', 'web')).stdout).toBe('137\n');
    expect((await run('ps', '-a')).stdout).toMatch(/Exited \(137\)/);
    expect((await run('fork', 'web', '--name', 'twin')).code).toBe(0);
    expect((await run('commit', 'web', 'acme/noted:1')).stdout).toMatch(/^sha256:/);
    expect((await run('run', '--rm', 'acme/noted:1', 'cat', '/note')).stdout).toBe('noted\n');
    expect((await run('volume', 'rm', 'data')).code).toBe(1);
    expect((await run('rm', 'web', 'twin')).stdout).toBe('web\ntwin\n');
    expect((await run('run', '--rm', '-v', 'data:/d:ro', 'base:1', 'cat', '/d/kept')).stdout).toBe('kept\n');
    expect((await run('volume', 'rm', 'data')).stdout).toBe('data\n');
  });

  it('shows what a container has printed, and by which output', async () => {
    await run('run', '-d', '--name', 'loud', 'base:1', 'sh', '-c', 'echo one; echo two >&2; echo three');
    await run('wait', 'loud');
    const { stdout, stderr } = await run('logs', 'loud');
    expect([stdout, stderr]).toEqual(['one\nthree\n', 'two\n']);
    expect((await run('logs', '--tail', '1', '--timestamps', 'loud')).stdout).toMatch(/^\d{4}-.*Z (one|three)\n$|^$/);
    expect((await run('logs', '--since', '1h', 'loud')).stdout).toBe('one\nthree\n');
    expect((await run('rm', 'loud')).code).toBe(0);
  });

  it('removes a container of --rm when it has ended, also one in the background', async () => {
    expect((await run('run', '-d', '--rm', '--name', 'brief', 'base:1', 'sh', '-c', 'exit 3')).code).toBe(0);
    while ((await run('ps', '-aq')).stdout.trim() !== '');
    expect((await run('inspect', 'brief')).code).toBe(4);
  });

  it('prints with --json what its schemas say', async () => {
    await checked('tag', 'tag', 'base:1', 'also:1');
    await checked('images', 'images');
    await checked('history', 'history', 'also:1');
    await checked('build', 'build', '-t', 'built:1', join(folder, 'context'));
    await checked('run --detach', 'run', '-d', '--name', 'one', '-v', 'vol:/v', 'base:1', ...LOOP);
    await checked('create', 'create', '--name', 'two', 'base:1');
    await checked('ps', 'ps', '-as');
    await checked('inspect', 'inspect', 'one', 'also:1');
    await checked('image inspect', 'image', 'inspect', 'also:1');
    await checked('kill', 'kill', 'one');
    await checked('wait', 'wait', 'one');
    await checked('start', 'start', 'one');
    await checked('stop', 'stop', '-t', '0', 'one');
    await checked('logs', 'logs', 'one');
    await checked('diff', 'diff', 'one');
    await checked('commit', 'commit', 'one');
    await checked('fork', 'fork', 'one', '--name', 'three');
    await checked('df', 'df');
    await checked('volume create', 'volume', 'create');
    await checked('volume ls', 'volume', 'ls');
    await checked('volume inspect', 'volume', 'inspect', 'vol');
    await checked('volume prune', 'volume', 'prune', '--force');
    await checked('rm', 'rm', 'one', 'two');
    await checked('volume rm', 'volume', 'rm', 'vol');
    await checked('rmi', 'rmi', 'also:1', 'built:1');
    expect(await checked('prune', 'prune', '--force')).toMatchObject({ containers: [expect.any(String)] });
  });

  it('completes names of images, containers and volumes without opening the store', async () => {
    await run('create', '--name', 'offered', '-v', 'offered-data:/d', 'base:1');
    const offers = async (...words: readonly string[]): Promise<string | undefined> =>
      (await runProgram(['complete', '--root', join(folder, 'root'), ...words])).stdout.split('\t')[0];
    expect(await offers('rmi', 'base')).toBe('base:1');
    expect(await offers('start', 'off')).toBe('offered');
    expect(await offers('volume', 'inspect', 'off')).toBe('offered-data');
    await run('rm', 'offered');
    await run('volume', 'rm', 'offered-data');
  });

  it('remembers the driver of its store, and refuses another', async () => {
    const root = ['--root', join(folder, 'root')];
    expect((await runProgram([...root, 'images', '-q'])).code).toBe(0);
    const other = driver === 'vfs' ? 'overlay2' : 'vfs';
    expect(await runProgram([...root, '--driver', other, 'images'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CORRUPT_STORE'),
    });
  });

  it('tells the line of a Dockerfile that it refuses, and asks before it removes what it was not told', async () => {
    const context = mkdtempSync(join(tmpdir(), 'graphdriver-context-'));
    writeFileSync(join(context, 'Dockerfile'), 'FROM base:1\nHEALTHCHECK NONE\n');
    const refused = await run('--json', 'build', context);
    expect([refused.code, JSON.parse(refused.stderr)]).toMatchObject([
      1,
      { error: { code: 'UNSUPPORTED_INSTRUCTION' } },
    ]);
    rmSync(context, { recursive: true });
    expect(await run('prune')).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
    expect(readFileSync(join(folder, 'root/store.json'), 'utf8')).toContain(driver);
  });
});
