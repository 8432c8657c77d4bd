import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFaultHandler } from '@graphdriver/host';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Container } from '../src/containers/containers.ts';
import { forkContainer } from '../src/containers/fork-container.ts';
import {
  dangling,
  type OpenedStore,
  openedStore,
  type Subject,
  scratchFolder,
  subjects,
} from './support/opened-store.ts';

/** A store with the image `base`, whose only file is `file`. */
async function withImage(subject: Subject, folder: string = scratchFolder()): Promise<OpenedStore> {
  const opened = await openedStore(subject, folder);
  const files = join(opened.folder, 'files');
  mkdirSync(join(files, 'etc'), { recursive: true });
  writeFileSync(join(files, 'etc/file'), 'of the image');
  await opened.store.images.importFolder(files, { reference: 'base', config: { Cmd: ['sh'] } });
  return opened;
}

async function write({ store }: OpenedStore, container: Container, name: string, text: string): Promise<void> {
  await using mount = await store.containers.mount(container.id);
  writeFileSync(join(mount.path, name), text);
}

async function read({ store }: OpenedStore, container: Container, name: string): Promise<string> {
  await using mount = await store.containers.mount(container.id, { readOnly: true });
  return readFileSync(join(mount.path, name), 'utf8');
}

describe.each(subjects)('containers over %s', (_name, subject: Subject) => {
  const it = test.skipIf(subject.reason !== null);

  it('containers of one image write without seeing each other, and leave the image as it is', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const one = await store.containers.create('base', {
      name: 'one',
      labels: { colour: 'red' },
      spec: { args: ['sh'] },
    });
    const two = await store.containers.create('base');
    await write(opened, one, 'etc/file', 'changed');
    expect(await read(opened, one, 'etc/file')).toBe('changed');
    expect(await read(opened, two, 'etc/file')).toBe('of the image');
    expect(await store.containers.changes('one')).toEqual([
      { kind: 'modify', path: '/etc' },
      { kind: 'modify', path: '/etc/file' },
    ]);
    expect(await store.containers.changes(two.name)).toEqual([]);
    expect(store.containers.show('one')).toMatchObject({
      ...one,
      imageName: 'base:latest',
      spec: { args: ['sh'] },
      labels: { colour: 'red' },
    });
    expect(await dangling(opened)).toEqual([]);
  });

  it('the size is what the writable layer holds, and the virtual size all that can be read', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const container = await store.containers.create('base');
    expect(await store.containers.size(container.id)).toEqual({ size: 0, virtualSize: 12 });
    await write(opened, container, 'more', 'x'.repeat(1000));
    expect(await store.containers.size(container.id)).toEqual({ size: 1000, virtualSize: 1012 });
  });

  it('containers are found by name, id and the start of an id', async () => {
    const { store } = await withImage(subject);
    const { id, name } = await store.containers.create('base', { name: 'abc' });
    const others = await Promise.all(Array.from({ length: 17 }, () => store.containers.create('base')));
    expect([name, id, id.slice(0, 12)].map((text) => store.containers.show(text).id)).toEqual([id, id, id]);
    expect(() => store.containers.show('nobody')).toThrow(expect.objectContaining({ code: 'CONTAINER_NOT_FOUND' }));
    expect(() => store.containers.show('')).toThrow(expect.objectContaining({ code: 'CONTAINER_NOT_FOUND' }));
    // Of 18 ids two start with the same digit.
    const firsts = [id, ...others.map((other) => other.id)].map((one) => one.slice(0, 1));
    const twice = firsts.find((digit, at) => firsts.indexOf(digit) !== at) ?? '';
    expect(() => store.containers.show(twice)).toThrow(expect.objectContaining({ code: 'AMBIGUOUS_ID' }));
    expect(new Set(others.map((other) => other.name)).size).toBe(17);
  });

  it('a name is had by one container, also when several ask for it at once', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const asked = await Promise.allSettled(
      Array.from({ length: 4 }, () => store.containers.create('base', { name: 'same' })),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of asked)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'NAME_IN_USE' });
    for (const name of ['', 'a', '-x', 'ä', 'a b', '../x', 'x'.repeat(200)])
      await expect(store.containers.create('base', { name })).rejects.toMatchObject({ code: 'INVALID_NAME' });
    await expect(store.containers.create('nothing')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await store.containers.rename('same', 'other');
    await store.containers.create('base', { name: 'same' });
    await expect(store.containers.rename('same', 'other')).rejects.toMatchObject({ code: 'NAME_IN_USE' });
    expect(await opened.driver.list()).toHaveLength(3);
    expect(await dangling(opened)).toEqual([]);
  });

  it('a container is removed with its layer and folder, but not while it is mounted', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const { id, folder } = await store.containers.create('base', { name: 'mounted' });
    mkdirSync(folder);
    writeFileSync(join(folder, 'log'), 'a log');
    await store.containers.mount('mounted', { holder: 'somebody' });
    await expect(store.containers.remove('mounted')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    expect(await dangling(opened)).toEqual([]);
    await expect(store.containers.unmount('mounted', { holder: 'nobody' })).rejects.toMatchObject({
      code: 'HOLDER_NOT_FOUND',
    });
    await store.containers.unmount('mounted', { holder: 'somebody' });
    const refusal = new Error('It runs.');
    const check = (): never => {
      throw refusal;
    };
    await expect(store.containers.remove(id, { check })).rejects.toBe(refusal);
    await store.containers.remove('mounted');
    expect(existsSync(folder)).toBe(false);
    expect(await opened.driver.list()).toHaveLength(1);
    await expect(store.containers.remove('mounted')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
    expect(await dangling(opened)).toEqual([]);
  });

  it('an image that a container needs is neither removed nor pruned', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const container = await store.containers.create('base');
    await expect(store.images.remove('base')).rejects.toMatchObject({ code: 'IMAGE_IN_USE' });
    await expect(store.images.remove('base', { force: true })).rejects.toMatchObject({ code: 'IMAGE_IN_USE' });
    expect(await store.images.prune({ all: true })).toEqual([]);
    expect(await read(opened, container, 'etc/file')).toBe('of the image');
    await store.containers.remove(container.id);
    await store.images.remove('base');
    expect(await opened.driver.list()).toEqual([]);
    expect(await dangling(opened)).toEqual([]);
  });

  it('a container that is committed becomes an image of one more layer, or of one more step where nothing changed', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const container = await store.containers.create('base');
    const same = await store.containers.commit(container.id, { reference: 'same', message: 'nothing' });
    expect(store.images.show(same)).toMatchObject({ layers: 1, references: ['docker.io/library/same:latest'] });
    expect(store.images.history('same')[0]).toMatchObject({ size: 0, layer: null, comment: 'nothing' });
    await write(opened, container, 'etc/file', 'changed');
    const changed = await store.containers.commit(container.id, {
      reference: 'changed',
      config: { Cmd: ['x'] },
      createdBy: 'sh',
    });
    expect(store.images.show(changed)).toMatchObject({ layers: 2, size: 19, config: { config: { Cmd: ['x'] } } });
    expect(store.images.history('changed').map(({ size }) => size)).toEqual([7, 12]);
    expect(await store.containers.size(container.id)).toMatchObject({ size: 7 });
    const of = await store.containers.create('changed');
    expect(await read(opened, of, 'etc/file')).toBe('changed');
    expect(await dangling(opened)).toEqual([]);
  });

  it('a fork starts from the current files, and then neither sees what the other does', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const first = await store.containers.create('base', { name: 'first' });
    await write(opened, first, 'etc/file', 'before the fork');
    const fork = await store.containers.fork('first', { name: 'fork' });
    await write(opened, first, 'only', 'of the first');
    await write(opened, fork, 'etc/file', 'of the fork');
    expect(await read(opened, first, 'etc/file')).toBe('before the fork');
    expect(await read(opened, fork, 'etc/file')).toBe('of the fork');
    // What a driver has not forked lies in a layer underneath both.
    const size = opened.driver.capabilities.forks ? 27 : 12;
    expect(await store.containers.size('first')).toEqual({ size, virtualSize: 39 });
    const paths = (await store.containers.changes('first')).map(({ kind, path }) => `${kind} ${path}`);
    expect(paths).toEqual(['modify /etc', 'modify /etc/file', 'add /only']);
    const again = await store.containers.fork('fork');
    const image = await store.containers.commit(again.id);
    expect(store.images.show(image)).toMatchObject({ layers: 2 });
    expect(await dangling(opened)).toEqual([]);
    for (const { id } of store.containers.list()) await store.containers.remove(id);
    await store.images.prune({ all: true });
    expect(await opened.driver.list()).toEqual([]);
    expect(await dangling(opened)).toEqual([]);
  });

  it('a container that is held is not forked, and stays as it is', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const first = await store.containers.create('base', { name: 'first' });
    {
      await using _mount = await store.containers.mount('first');
      await expect(store.containers.fork('first')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    }
    await expect(store.containers.fork('first', { name: 'first' })).rejects.toMatchObject({ code: 'NAME_IN_USE' });
    await write(opened, first, 'still', 'writable');
    expect(store.containers.list()).toHaveLength(1);
    expect(await dangling(opened)).toEqual([]);
  });

  it('a fork over a driver that forks layers lets the other one alone, and stands on the same layer', async () => {
    const opened = await withImage(subject);
    const { store, books, driver } = opened;
    const first = await store.containers.create('base', { name: 'first' });
    await write(opened, first, 'file', 'from before');
    const before = books.containers.get(first.id);
    const fork = await store.containers.fork('first', { name: 'fork' });
    const [origin, forked] = [books.containers.get(first.id), books.containers.get(fork.id)];
    if (driver.capabilities.forks) {
      expect(origin).toEqual(before);
      expect(forked).toMatchObject({ base: before?.base, family: first.id });
      const again = await store.containers.fork('fork');
      expect(books.containers.get(again.id)).toMatchObject({ base: before?.base, family: first.id });
      expect(store.layers.list()).toHaveLength(1);
    } else {
      expect(origin?.base).toMatch(/^private:/);
      expect(forked).toMatchObject({ base: origin?.base });
      expect(forked?.family).toBe(undefined);
    }
    expect(await store.containers.changes('fork')).toEqual([{ kind: 'add', path: '/file' }]);
    await store.containers.remove('first');
    expect(await read(opened, fork, 'file')).toBe('from before');
    expect(await dangling(opened)).toEqual([]);
  });

  it('a fork that fails when its new layer is marked leaves a container that can be used', async () => {
    const opened = await withImage(subject);
    const first = await opened.store.containers.create('base', { name: 'first' });
    await write(opened, first, 'kept', 'as it was');
    onTestFinished(() => setFaultHandler(undefined));
    let marked = 0;
    // A layer that is committed for it is marked before.
    const last = opened.driver.capabilities.forks ? 1 : 2;
    setFaultHandler((call, path) => {
      if (call === 'symlink' && String(path).startsWith(join(opened.root, 'marks')) && ++marked === last)
        throw new Error('a full disk');
    });
    await expect(forkContainer(opened.books, 'first')).rejects.toThrow('a full disk');
    setFaultHandler(undefined);
    expect(await read(opened, first, 'kept')).toBe('as it was');
    await write(opened, first, 'kept', 'and changed');
    expect(await dangling(opened)).toEqual([]);
  });

  it('what a container is to run can be replaced', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    await store.containers.create('base', { name: 'idle', spec: { args: ['one'] } });
    await store.containers.setSpec('idle', { spec: { args: ['two'] } });
    const second = await openedStore(subject, opened.folder);
    expect(second.store.containers.show('idle').spec).toEqual({ args: ['two'] });
  });

  it('a volume that a container uses is kept, and outlives it', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    store.volumes.create('data');
    await store.containers.create('base', { name: 'user', volumes: ['data'] });
    await expect(store.volumes.remove('data')).rejects.toMatchObject({ code: 'VOLUME_IN_USE' });
    const other = await store.containers.create('base', { name: 'other' });
    await store.containers.setSpec('other', { volumes: ['data'] });
    await store.containers.remove('user');
    await expect(store.volumes.remove('data')).rejects.toMatchObject({ code: 'VOLUME_IN_USE' });
    await store.containers.remove(other.id);
    expect(store.volumes.list()).toHaveLength(1);
    await store.volumes.remove('data');
    expect(await dangling(opened)).toEqual([]);
  });

  it('another process sees at once what was done, and shares what is there', async () => {
    const first = await withImage(subject);
    const second = await openedStore(subject, first.folder);
    const container = await second.store.containers.create('base', { name: 'shared' });
    expect(first.store.containers.show('shared').id).toBe(container.id);
    await first.store.containers.remove('shared');
    second.books.metadata.refresh();
    expect(second.store.containers.list()).toEqual([]);
    await first.store.images.remove('base');
    await expect(second.store.containers.create('base')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    expect(await dangling(first)).toEqual([]);
  });

  it('df adds up what there is, and shows images with their shared and own parts', async () => {
    const opened = await withImage(subject);
    const { store } = opened;
    const container = await store.containers.create('base');
    await write(opened, container, 'big', 'x'.repeat(100_000));
    await store.containers.commit(container.id, { reference: 'upper' });
    mkdirSync(container.folder);
    writeFileSync(join(container.folder, 'log'), 'l'.repeat(20_000));
    const usage = await store.df();
    const [base, upper] = ['base', 'upper'].map((name) =>
      usage.byImage.find(({ references }) => references[0]?.includes(`/${name}:`)),
    );
    expect(base).toMatchObject({ unique: 0, containers: 1 });
    expect(upper?.unique).toBeGreaterThanOrEqual(100_000);
    expect(upper?.shared).toBe(base?.shared);
    expect(usage.images.total).toBe((upper?.shared ?? 0) + (upper?.unique ?? 0));
    expect(usage.images).toMatchObject({ count: 2, active: 1, reclaimable: upper?.unique });
    expect(usage.containers.total).toBeGreaterThanOrEqual(100_000);
    expect(usage.containers.reclaimable).toBe(usage.containers.total);
    expect((await store.df({ running: new Set([container.id]) })).containers).toMatchObject({
      active: 1,
      reclaimable: 0,
    });
    expect(usage.containerFolders).toBeGreaterThanOrEqual(20_000);
  });
});
