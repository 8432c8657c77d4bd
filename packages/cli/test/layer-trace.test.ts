import { existsSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CopyUpRecord, LayerTrace } from '@graphdriver/core';
import { startProcess } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { newCopyUps } from '../src/trace/new-copy-ups.ts';
import { copyUpLine } from '../src/trace/render-trace.ts';
import { type CommandLine, commandLine, program } from './command-line.ts';

const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');

const RECORD: CopyUpRecord = {
  at: 0,
  path: '/etc/motd',
  size: 8,
  layer: 1,
  manner: 'copied',
  search: 0.5,
  copy: 1,
  metadata: 0.25,
};

function traceOf(all: number, remembered: number): LayerTrace {
  const counters = {
    lookupsByLayer: [],
    absent: 0,
    known: 0,
    directoriesRead: 0,
    branchesRead: 0,
    copyUps: all,
    copiedBytes: 0,
    whiteouts: 0,
    nodes: 0,
  };
  const copyUps = Array.from({ length: remembered }, (_, index) => ({ ...RECORD, size: all - remembered + index + 1 }));
  return { id: 'web', target: '/mnt', counters, requests: {}, copyUps };
}

describe('newCopyUps', () => {
  it.each([
    ['what came since', traceOf(2, 2), traceOf(4, 4), [3, 4], 0],
    ['nothing where nothing came', traceOf(4, 4), traceOf(4, 4), [], 0],
    ['all of a server that has taken over', traceOf(9, 9), traceOf(2, 2), [1, 2], 0],
    ['how many nobody remembers', traceOf(2, 2), traceOf(9, 3), [7, 8, 9], 4],
  ] as const)('tells %s', (_what, last, next, sizes, missed) => {
    const found = newCopyUps(last, next);
    expect([found.copyUps.map(({ size }) => size), found.missed]).toEqual([sizes, missed]);
  });
});

describe('copyUpLine', () => {
  it('shows the milliseconds of each part and their sum, and no control characters of a name', () => {
    expect(copyUpLine(RECORD)).toMatch(/8 B +1 +0\.500 +1\.000 +0\.250 +1\.750 \/etc\/motd$/);
    expect(copyUpLine({ ...RECORD, path: '/a\x1b[2Jb', manner: 'cloned' })).toMatch(/ \/a\\x1b\[2Jb \(cloned\)$/);
  });
});

/** A base with one file, and `web` on top of it, mounted. Returns where. */
async function mounted(line: CommandLine, driver: string): Promise<string> {
  const run = (...words: readonly string[]) => line.run('--driver', driver, 'layer', ...words);
  await run('create', 'base');
  const base = (await run('mount', 'base')).stdout.trim();
  await mkdir(join(base, 'etc'));
  await writeFile(join(base, 'etc/motd'), 'welcome\n');
  await run('unmount', 'base');
  await run('commit', 'base');
  await run('create', 'web', '--parent', 'base');
  return (await run('mount', 'web')).stdout.trim();
}

describe('graphdriver layer trace', () => {
  let lock: AsyncDisposable;
  beforeAll(async () => {
    lock = await machineLock();
  });
  afterAll(() => lock[Symbol.asyncDispose]());

  it('is refused with UNSUPPORTED by a driver whose mounts the kernel serves alone', async () => {
    await using line = await commandLine();
    await mounted(line, 'vfs');
    const refused = await line.run('layer', 'trace', 'web');
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('UNSUPPORTED') });
    expect((await line.run('layer', 'trace', 'missing')).code).toBe(4);
    await line.run('layer', 'unmount', 'web');
  });

  it.skipIf(reason !== null)(
    `tells of lookups and of each copy_up, at once and as they happen${reason === null ? '' : `: ${reason}`}`,
    async () => {
      await using line = await commandLine();
      const path = await mounted(line, 'aufs');
      const following = startProcess(process.execPath, [program, '--root', line.root, 'layer', 'trace', '-f', 'web']);
      const shown = linesOf(following.stdout);
      expect((await shown.next()).value).toMatch(/SEARCH +COPY +METADATA/);
      await appendFile(join(path, 'etc/motd'), 'hello\n');
      expect((await shown.next()).value).toMatch(/ 8 B +1 .* \/etc\/motd$/);

      const trace = await line.json('layer', 'trace', 'web');
      expect(resultSchemas['layer trace']?.safeParse(trace)).toMatchObject({ success: true });
      expect(trace).toMatchObject({
        id: 'web',
        counters: { copyUps: 1, copiedBytes: 8 },
        copyUps: [{ path: '/etc/motd', size: 8, layer: 1 }],
      });
      expect((await line.run('layer', 'trace', 'web')).stdout).toMatch(/copy_ups +1, 8 B\n/);

      await line.run('layer', 'unmount', 'web');
      // Nothing more comes from a mount that is gone.
      expect((await shown.next()).done).toBe(true);
      expect((await following.ended).exitCode).toBe(0);
      expect((await line.run('layer', 'trace', 'web')).code).toBe(4);
      const base = await line.run('layer', 'mount', 'base');
      expect(base.code).toBe(0);
      expect((await line.run('layer', 'trace', 'base')).code).toBe(3);
      await line.run('layer', 'unmount', 'base');
    },
  );
});

async function* linesOf(stream: AsyncIterable<Buffer> | null): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream ?? []) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
