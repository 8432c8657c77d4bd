import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@graphdriver/host';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildInStore, type StoreBuildOptions } from '../src/build/build-in-store.ts';
import type { BuildProgress } from '../src/build/build-progress.ts';
import { makeRoot, RUNTIMES } from './runtime-fixture.ts';
import { takeMachineTurn } from './support/machine-turn.ts';
import { dangling, type OpenedStore, openedStore, subjects } from './support/opened-store.ts';

takeMachineTurn();

function contextWith(files: Readonly<Record<string, string>>): string {
  const context = mkdtempSync(join(tmpdir(), 'graphdriver-context-'));
  onTestFinished(() => rmSync(context, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(context, name), text);
  return context;
}

async function build(
  { books }: OpenedStore,
  context: string,
  dockerfileText: string,
  options: Partial<StoreBuildOptions> = {},
): Promise<{ readonly id: string; readonly progress: readonly BuildProgress[] }> {
  const progress: BuildProgress[] = [];
  const onProgress = (event: BuildProgress): void => {
    progress.push(event);
  };
  return { ...(await buildInStore(books, { context, dockerfileText, onProgress, ...options })), progress };
}

const keysOf = (progress: readonly BuildProgress[]): readonly string[] =>
  progress.flatMap((event) => (event.kind === 'cached' ? [event.key] : []));

const BASE = 'FROM scratch\nCOPY a /d/\nADD b /d/\nWORKDIR /w\nCOPY --chown=1:2 --chmod=600 a b ./';

describe.each(subjects)('a build in a store over %s', (_name, subject) => {
  test.skipIf(subject.reason !== null)(
    'makes layers of steps that change files, and the same image again from the cache',
    async () => {
      const opened = await openedStore(subject);
      const context = contextWith({ a: 'A', b: 'B' });
      const first = await build(opened, context, BASE, { tags: ['acme/base:1.0'] });
      const second = await build(opened, context, BASE);
      expect(second.id).toBe(first.id);
      expect(keysOf(second.progress)).toHaveLength(4);
      const top = await build(opened, context, 'FROM acme/base:1.0\nCMD ["x"]', { tags: ['acme/final:1.0'] });
      const { images } = opened.store;
      expect(images.show(top.id)).toMatchObject({
        top: images.show(first.id).top,
        layers: 4,
        references: ['docker.io/acme/final:1.0'],
      });
      expect(await dangling(opened)).toEqual([]);
    },
  );

  test.skipIf(subject.reason !== null)('copies from a stage and leaves nothing of one that failed', async () => {
    const opened = await openedStore(subject);
    const context = contextWith({ a: 'A' });
    const { id } = await build(
      opened,
      context,
      'FROM scratch AS one\nCOPY --chown=7:8 a /\nFROM scratch\nCOPY --from=one / /x/',
    );
    const before = opened.books.layers.keys().length;
    expect(opened.store.images.show(id).layers).toBe(1);
    await expect(build(opened, context, 'FROM scratch\nCOPY a /y\nCOPY none /')).rejects.toMatchObject({
      code: 'BUILD_FAILED',
    });
    expect(opened.store.images.list()).toHaveLength(1);
    // The step that was done stays in the cache.
    expect(opened.books.layers.keys().length).toBe(before + 1);
    expect(await dangling(opened)).toEqual([]);
  });

  for (const { runtime, reason } of RUNTIMES) {
    const skipped = subject.reason ?? reason;
    test.skipIf(skipped !== null)(`runs processes by ${runtime}, whose files and exit codes count`, async () => {
      const opened = await openedStore(subject);
      const context = contextWith({});
      const root = makeRoot(mkdtempSync(join(tmpdir(), 'graphdriver-programs-')));
      onTestFinished(() => rmSync(root, { recursive: true, force: true }));
      mkdirSync(join(context, 'root'));
      cpSync(root, join(context, 'root'), { recursive: true, verbatimSymlinks: true });
      // Where the host's shell lies elsewhere, the image still has it where Docker looks for it.
      if (!existsSync(join(context, 'root/bin/sh'))) symlinkSync('usr/bin', join(context, 'root/bin'));
      const base = 'FROM scratch\nCOPY root /\n';
      const file = `${base}ARG word=hello\nENV who=world\nWORKDIR /w\nUSER alice\nRUN echo $word $who; id -u\nUSER root\nRUN echo $word > made && ls /proc/self >/dev/null\nRUN <<E\n#!/bin/sh\necho script >> made\nE\nRUN true`;
      const { id, progress } = await build(opened, context, file, { runtime });
      expect(progress.flatMap((event) => (event.kind === 'output' ? [event.line] : []))).toEqual([
        'hello world',
        '1000',
      ]);
      // The files, the working directory, and two of four processes.
      expect(opened.store.images.show(id).layers).toBe(4);
      const { top } = opened.store.images.show(id);
      const row = opened.books.layers.get(top ?? '');
      await using mount = await opened.driver.get(row?.driverLayer ?? '', { readOnly: true });
      expect(readFileSync(join(mount.path, 'w/made'), 'utf8')).toBe('hello\nscript\n');
      await expect(build(opened, context, `${base}RUN exit 7`, { runtime })).rejects.toMatchObject({
        code: 'BUILD_FAILED',
        details: { exitCode: 7, line: 3 },
      });
      await mount.put();
      expect(await dangling(opened)).toEqual([]);
    });
  }
});

test.skipIf(subjects.some(([, { reason }]) => reason !== null))(
  'the keys, layers and ids of a build that runs nothing are the same on every driver',
  async () => {
    const context = contextWith({ a: 'A', b: 'B' });
    writeFileSync(join(context, 'c.tar'), readFileSync(await archiveOf(context)));
    const file = `${BASE}\nADD c.tar /t/u/\nCOPY <<E /w/text\nhello\nE\nLABEL x=y`;
    const seen: (readonly string[])[] = [];
    for (const [, subject] of subjects) {
      const opened = await openedStore(subject);
      const options = { buildArgs: { SOURCE_DATE_EPOCH: '0' } };
      const { id } = await build(opened, context, file, options);
      seen.push([id, ...keysOf((await build(opened, context, file, options)).progress)]);
    }
    expect(seen[0]).toHaveLength(7);
    expect(seen[1]).toEqual(seen[0]);
  },
);

async function archiveOf(context: string): Promise<string> {
  const archive = join(context, 'made.tar');
  await run('tar', ['-C', context, '-cf', archive, 'a', 'b']);
  return archive;
}
