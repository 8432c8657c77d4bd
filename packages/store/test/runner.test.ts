import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMountPoint } from '@graphdriver/host';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../src/open-store.ts';
import type { Runner } from '../src/run/runner.ts';
import { isStoreError } from '../src/store-error.ts';
import { parseVolumeFlag } from '../src/volumes/mount-flag.ts';
import { built, makeRoot, processesWith, Sink, until } from './runtime-fixture.ts';
import { takeMachineTurn } from './support/machine-turn.ts';
import { dangling, type OpenedStore, scratchFolder, subjects } from './support/opened-store.ts';

takeMachineTurn();

const LOOP = ['sh', '-c', 'while :; do sleep 0.02; done'];

/** A store with an image `base` that can run `sh` and a few other programs. */
async function storeWithImage(subject: (typeof subjects)[number][1], folder = scratchFolder()): Promise<OpenedStore> {
  const driver = await subject.module.open({ root: join(folder, 'layers') });
  const root = join(folder, 'store');
  const monitorCommand = [process.execPath, built('runtime/monitor-main.js')];
  const store = await openStore({ root, driver, ownsDriver: true, monitorCommand });
  onTestFinished(() => store.close());
  const { runner, images } = store;
  onTestFinished(async () => {
    for (const { id } of runner.list()) await runner.remove(id, { force: true, volumes: true });
  });
  const config = { Env: ['A=image', 'B=image'], Cmd: ['sh', '-c', 'echo $A $B'], WorkingDir: '/work' };
  await images.importFolder(makeRoot(join(folder, 'files')), { reference: 'base', config });
  return { folder, root, driver, books: store.books, store };
}

async function printed(runner: Runner, container: string): Promise<string> {
  let text = '';
  for await (const { log } of runner.logs(container)) text += log;
  return text;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isStoreError(error) ? error.code : String(error);
}

describe.each(subjects)('containers over %s', (_name, subject) => {
  const it = test.skipIf(subject.reason !== null);

  it('run what the image says, with what the user asks for on top, and can be started again', async () => {
    const { store } = await storeWithImage(subject);
    const { runner } = store;
    const { id } = await runner.create('base', { name: 'one', env: ['B=user'] });
    expect(runner.show('one')).toMatchObject({ state: { status: 'created' }, spec: { cwd: '/work' } });
    await runner.start('one');
    expect(await runner.wait(id)).toMatchObject({ status: 'exited', exitCode: 0 });
    expect(await printed(runner, id)).toBe('image user\n');
    await runner.start('one');
    await runner.wait('one');
    expect(await printed(runner, id)).toBe('image user\nimage user\n');
    expect(await store.driver.holders(store.books.containers.get(id)?.driverLayer ?? '')).toEqual([]);
  });

  it('are held while they run, and can then neither be removed, started, nor forked', async () => {
    const opened = await storeWithImage(subject);
    const { runner } = opened.store;
    const { id, folder } = await runner.create('base', { command: LOOP });
    await runner.start(id);
    expect(runner.list()).toMatchObject([{ id, state: { status: 'running' } }]);
    expect(await runner.changes(id)).toEqual([{ kind: 'add', path: '/work' }]);
    expect(await codeOf(runner.remove(id))).toBe('CONTAINER_RUNNING');
    expect(await codeOf(runner.start(id))).toBe('CONTAINER_RUNNING');
    await expect(runner.fork(id)).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    expect(await runner.stop(id, { timeout: 0 })).toMatchObject({ status: 'exited', exitCode: 137 });
    await runner.remove(id);
    expect(existsSync(folder)).toBe(false);
    expect(await dangling(opened)).toEqual([]);
  });

  it('keep what they have written to themselves, and a fork starts from it', async () => {
    const { store } = await storeWithImage(subject);
    const { runner, containers } = store;
    await runner.create('base', { name: 'one', command: ['sh', '-c', 'echo mine > /note; cat /note'] });
    await runner.create('base', { name: 'two', command: ['cat', '/note'] });
    await runner.start('one');
    await runner.wait('one');
    await runner.start('two');
    expect(await runner.wait('two')).toMatchObject({ exitCode: 1 });
    await runner.fork('one', { name: 'three' });
    await runner.start('three');
    await runner.wait('three');
    expect(await printed(runner, 'three')).toBe('mine\n');
    expect(await containers.changes('one')).toEqual([
      { kind: 'add', path: '/note' },
      { kind: 'add', path: '/work' },
    ]);
    const image = await runner.commit('one', { reference: 'noted' });
    expect(store.images.show(image).config.config).toMatchObject({ Cmd: ['sh', '-c', 'echo mine > /note; cat /note'] });
  });

  it('run more programs beside their own, in the same files', async () => {
    const { store } = await storeWithImage(subject);
    const { runner } = store;
    await runner.create('base', { name: 'one', command: LOOP });
    const out = new Sink();
    const run = (...command: string[]): Promise<{ exitCode: number }> =>
      runner.exec('one', { command, env: ['B=exec'] }, { stdout: out, stderr: out });
    expect(await codeOf(run('true'))).toBe('CONTAINER_NOT_RUNNING');
    await runner.start('one');
    expect(await run('sh', '-c', 'echo $A $B; readlink /proc/self/cwd; exit 3')).toEqual({ exitCode: 3 });
    expect(out.text).toBe('image exec\n/work\n');
    expect(await run('no-such-program')).toEqual({ exitCode: 127 });
  });

  it('share volumes, which stay when they go', async () => {
    const { store, folder } = await storeWithImage(subject);
    const { runner, volumes } = store;
    const mounts = [parseVolumeFlag('data:/data', folder), parseVolumeFlag('/scratch', folder)];
    await runner.create('base', { name: 'one', mounts, command: ['sh', '-c', 'echo kept > /data/note'] });
    await runner.create('base', { name: 'two', mounts: mounts.slice(0, 1), command: ['cat', '/data/note'] });
    for (const name of ['one', 'two']) {
      await runner.start(name);
      await runner.wait(name);
    }
    expect(await printed(runner, 'two')).toBe('kept\n');
    expect(await codeOf(volumes.remove('data'))).toBe('VOLUME_IN_USE');
    expect((await store.df()).volumes).toMatchObject({ count: 2, active: 2 });
    for (const name of ['one', 'two']) await runner.remove(name, { volumes: true });
    expect(volumes.list().map(({ name }) => name)).toEqual(['data']);
    expect(readFileSync(join(volumes.get('data').path, 'note'), 'utf8')).toBe('kept\n');
  });

  it('whose program cannot be started leave no mount, and say so by the code that a shell would', async () => {
    const opened = await storeWithImage(subject);
    const { runner } = opened.store;
    const { id } = await runner.create('base', { command: ['no-such-program'] });
    await expect(runner.start(id)).rejects.toMatchObject({ code: 'RUNTIME_FAILED', details: { exitCode: 127 } });
    expect(await opened.driver.holders(opened.books.containers.get(id)?.driverLayer ?? '')).toEqual([]);
    expect(runner.show(id)).toMatchObject({ state: { status: 'exited', exitCode: 127 } });
    await runner.remove(id);
  });

  it('run before a person, with their streams, and are recorded all the same', async () => {
    const { store } = await storeWithImage(subject);
    const { runner } = store;
    await runner.create('base', { name: 'one' });
    const [out, err] = [new Sink(), new Sink()];
    expect(await runner.attach('one', { stdout: out, stderr: err })).toMatchObject({ exitCode: 0 });
    expect([out.text, err.text, await printed(runner, 'one')]).toEqual(['image image\n', '', 'image image\n']);
  });

  it('whose monitor was killed are tidied by whatever is done next', async () => {
    const opened = await storeWithImage(subject);
    const { runner } = opened.store;
    const { id } = await runner.create('base', { command: LOOP });
    const { pid } = await runner.start(id);
    const mount = await opened.store.containers.mount(id);
    await mount.put();
    killMonitor(id);
    await until(() => runner.show(id).state.status !== 'running', `process ${pid} ended`);
    await runner.start(id);
    await runner.stop(id, { timeout: 0 });
    await runner.remove(id);
    expect(isMountPoint(mount.path)).toBe(false);
    expect(await dangling(opened)).toEqual([]);
  });
});

/** Kills the process that stands behind a container. */
function killMonitor(id: string): void {
  const monitors = new Set(processesWith('monitor-main.js'));
  for (const pid of processesWith(id)) if (monitors.has(pid)) process.kill(pid, 'SIGKILL');
}
