import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFaultHandler, startProcess } from '@graphdriver/host';
import { describe, expect, onTestFinished, test } from 'vitest';
import { madeLayout, tarOf } from './support/made-layout.ts';
import { dangling, openedStore, type Subject, scratchFolder, subjects } from './support/opened-store.ts';

const AT_ONCE = 3;

describe.each(subjects)('several processes over %s', (driver, subject: Subject) => {
  const it = test.skipIf(subject.reason !== null);

  it('make a layer once when they load the same image at the same time', async () => {
    const folder = scratchFolder();
    const layers = [
      await tarOf(folder, { big: randomBytes(3_000_000) }),
      await tarOf(folder, { other: randomBytes(1_000_000) }),
    ];
    const layout = madeLayout(join(folder, 'layout'), { layers, compress: true });
    const workers = Array.from({ length: AT_ONCE }, () => startWorker(folder, driver, layout.folder));
    for (const worker of workers) expect(await worker.line()).toBe('ready');
    writeFileSync(join(folder, 'go'), '');
    const added = await Promise.all(workers.map((worker) => worker.line()));
    expect(added.toSorted()).toEqual(expect.arrayContaining([expect.stringMatching(/^added \d$/)]));
    expect(added.reduce((sum, line) => sum + Number(line.slice('added '.length)), 0)).toBe(2);
    const opened = await openedStore(subject, folder);
    expect(opened.store.images.list()).toHaveLength(1);
    expect(await opened.driver.list()).toHaveLength(2);
    expect(await dangling(opened)).toEqual([]);
  });

  it.each(['load', 'build'])('leave alone what a %s of another keeps for its work', async (kind) => {
    const opened = await openedStore(subject);
    const { folder, root, store } = opened;
    const context = join(folder, 'context');
    mkdirSync(context);
    const archive = async function* (): AsyncGenerator<Uint8Array> {
      const { folder: layout } = madeLayout(join(folder, 'layout'), { layers: [await tarOf(folder, { file: 'x' })] });
      execFileSync('tar', ['-C', layout, '-cf', join(folder, 'layout.tar'), '.']);
      yield readFileSync(join(folder, 'layout.tar'));
    };
    const seen: boolean[] = [];
    onTestFinished(() => setFaultHandler(undefined));
    setFaultHandler((_call, path) => {
      const place = String(path);
      // Whatever is done to it once it is there, it is in use until then.
      if (dirname(place) !== join(root, 'tmp') || !existsSync(place)) return;
      openElsewhere(folder, driver);
      seen.push(existsSync(place));
    });
    if (kind === 'load') await store.images.load(archive());
    else await store.build({ context, dockerfileText: 'FROM scratch AS empty\nFROM scratch\nCOPY --from=empty / /x/' });
    setFaultHandler(undefined);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(false);
    expect(await dangling(opened)).toEqual([]);
  });
});

describe.each(subjects)('after the host was started anew, over %s', (_name, subject: Subject) => {
  const it = test.skipIf(subject.reason !== null);

  it('layers of nobody are removed, containers without a layer are struck out, and what is whole stays', async () => {
    const first = await openedStore(subject);
    const { folder, store, driver, books } = first;
    const layout = madeLayout(join(folder, 'layout'), { layers: [await tarOf(folder, { file: 'x' })] });
    await store.images.load(layout.folder);
    const kept = await store.containers.create('acme/made:1.0', { name: 'kept' });
    const lost = await store.containers.create('acme/made:1.0', { name: 'lost' });
    await driver.remove(books.containers.get(lost.id)?.driverLayer ?? '');
    await driver.create('orphan', { labels: { 'graphdriver.store': books.id } });
    await driver.create('foreign', { labels: { 'graphdriver.store': 'another store' } });
    await store.close();
    rmSync(join(folder, 'store/boot'));
    const second = await openedStore(subject, folder);
    expect(second.store.containers.list().map(({ id }) => id)).toEqual([kept.id]);
    expect(await second.driver.exists('orphan')).toBe(false);
    expect(await second.driver.exists('foreign')).toBe(true);
    expect(second.store.images.list()).toHaveLength(1);
    expect(await dangling(second)).toEqual([]);
  });

  it('a store of another driver, of a later release, or that is no store is not opened', async () => {
    const { folder, store, root } = await openedStore(subject);
    await store.close();
    const open = (text: string): Promise<unknown> => {
      writeFileSync(join(root, 'store.json'), text);
      return openedStore(subject, folder);
    };
    await expect(open('{"format":1,"id":"x","driver":"another"}')).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
    await expect(open('{"format":2}')).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
    await expect(open('nonsense')).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });

  it('a closed store says so', async () => {
    const { store } = await openedStore(subject);
    await store.close();
    await store.close();
    expect(() => store.images.list()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    await expect(store.containers.create(null)).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

/** Another process opens the store and closes it again, while this one stands still. */
function openElsewhere(folder: string, driver: string): void {
  const worker = fileURLToPath(new URL('./fixture/opening-worker.mjs', import.meta.url));
  execFileSync(process.execPath, [worker, folder, driver], { stdio: 'inherit' });
}

function startWorker(folder: string, driver: string, from: string): { line(): Promise<string> } {
  const worker = fileURLToPath(new URL('./fixture/registering-worker.mjs', import.meta.url));
  const started = startProcess(process.execPath, [worker, folder, driver, from], {
    stdin: 'ignore',
    stderr: 'inherit',
  });
  onTestFinished(async () => {
    started.kill('SIGKILL');
    await started.ended;
  });
  if (started.stdout === null) throw new Error('The worker has no output.');
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return {
    async line() {
      const next = await lines.next();
      if (next.done === true) throw new Error('The worker has ended.');
      return next.value;
    },
  };
}
