import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '@graphdriver/host';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../src/identity/digest.ts';
import { hostPlatform } from '../src/images/host-platform.ts';
import { parseImageConfig, serializeImageConfig } from '../src/images/image-config.ts';
import { type LayoutRequest, madeDockerFolder, madeLayout, packed, tarOf } from './support/made-layout.ts';
import { dangling, type OpenedStore, openedStore, type Subject, subjects } from './support/opened-store.ts';
import { archiveOf, collect } from './support/tar-files.ts';

/** Two layers: the second changes, adds and deletes. */
async function twoLayers(folder: string): Promise<readonly Buffer[]> {
  return [
    await tarOf(folder, { 'etc/motd': 'hello', 'bin/tool': randomBytes(200_000), 'var/cache': null, 'etc/old': 'old' }),
    await tarOf(folder, { 'etc/motd': 'other', 'etc/.wh.old': '', 'opt/data': randomBytes(50_000) }),
  ];
}

/** A layout of two layers, as a folder. */
async function layoutIn(folder: string, request: Partial<LayoutRequest> = {}) {
  return madeLayout(join(folder, 'layout'), { layers: await twoLayers(folder), ...request });
}

/** Everything is as in a store where nothing was ever done. */
async function expectEmpty(opened: OpenedStore): Promise<void> {
  expect(await dangling(opened)).toEqual([]);
  expect(opened.store.images.list()).toEqual([]);
  expect(opened.store.layers.list()).toEqual([]);
  expect(await opened.driver.list()).toEqual([]);
}

describe.each(subjects)('images over %s', (_name, subject: Subject) => {
  const it = test.skipIf(subject.reason !== null);

  it('a layout is loaded from a folder, an archive, a compressed archive and a stream, and is the same image', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    const layout = await layoutIn(folder, { compress: true });
    const archive = await packed(layout.folder);
    writeFileSync(`${archive}.gz`, gzipSync(readFileSync(archive)));
    const expected = [{ id: layout.id, references: ['docker.io/acme/made:1.0'] }];
    expect(await store.images.load(layout.folder)).toEqual(expected);
    expect(await store.images.load(archive)).toEqual(expected);
    expect(await store.images.load(`${archive}.gz`)).toEqual(expected);
    expect(await store.images.load(createReadStream(`${archive}.gz`))).toEqual(expected);
    expect(store.layers.list()).toHaveLength(2);
    expect(store.images.list()).toMatchObject([{ id: layout.id, layers: 2, created: '2024-02-03T04:05:06.789Z' }]);
    expect(store.images.configBytes('acme/made:1.0')).toEqual(readFileSync(layout.blob(layout.id)));
    expect(await dangling(opened)).toEqual([]);
  });

  it('an image that is saved and loaded elsewhere has the same id and layers, in every form', async () => {
    const first = await openedStore(subject);
    const second = await openedStore(subject);
    const layout = await layoutIn(first.folder);
    await first.store.images.load(layout.folder);
    const file = join(first.folder, 'saved.tar');
    writeFileSync(file, await collect(first.store.images.save(['acme/made:1.0'])));
    await first.store.images.saveToFolder([layout.id], join(first.folder, 'saved'));
    for (const from of [file, join(first.folder, 'saved')]) {
      expect(await second.store.images.load(from)).toEqual([
        { id: layout.id, references: ['docker.io/acme/made:1.0'] },
      ]);
      expect(second.store.images.configBytes(layout.id)).toEqual(readFileSync(layout.blob(layout.id)));
      expect(second.store.layers.list().map(({ key }) => key)).toEqual(first.store.layers.list().map(({ key }) => key));
      await second.store.images.remove('acme/made:1.0');
      await expectEmpty(second);
    }
    const again = await collect(first.store.images.save(['acme/made:1.0']));
    expect(digestOf(again)).toBe(digestOf(readFileSync(file)));
    const { stdout } = await run('tar', ['-tf', file]);
    for (const diffId of layout.diffIds) expect(stdout).toContain(`blobs/sha256/${diffId.slice(7)}`);
  });

  it('what docker save wrote is loaded, with links between equal layers', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    const layer = await tarOf(folder, { same: randomBytes(2000) });
    const layout = await layoutIn(folder, { layers: [layer, layer] });
    const docker = madeDockerFolder(join(folder, 'docker'), layout, [layer, layer], ['acme/made:2', 'acme/made:3']);
    rmSync(join(docker, 'layer1/layer.tar'));
    symlinkSync('../layer0/layer.tar', join(docker, 'layer1/layer.tar'));
    const references = ['docker.io/acme/made:2', 'docker.io/acme/made:3'];
    expect(await store.images.load(await packed(docker))).toEqual([{ id: layout.id, references }]);
    expect(store.layers.list()).toHaveLength(2);
    // A link in a folder could lead anywhere, so that there it is not followed.
    await expect(store.images.load(docker)).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('images that share layers share them, and each stays whole when the other goes', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    const [base = Buffer.alloc(0), upper = Buffer.alloc(0)] = await twoLayers(folder);
    const one = madeLayout(join(folder, 'one'), { layers: [base], name: 'one:1' });
    const two = madeLayout(join(folder, 'two'), { layers: [base, upper], name: 'two:1' });
    await store.images.load(one.folder);
    await store.images.load(two.folder);
    expect(store.layers.list()).toHaveLength(2);
    await store.images.remove('two:1');
    expect(store.layers.list().map(({ diffId }) => diffId)).toEqual(one.diffIds);
    expect(await dangling(opened)).toEqual([]);
    await store.images.remove(one.id);
    await expectEmpty(opened);
  });

  it('a folder and an archive are imported as one layer', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    const files = join(folder, 'files');
    mkdirSync(join(files, 'sub'), { recursive: true });
    writeFileSync(join(files, 'sub/file'), randomBytes(10_000));
    const created = '2024-01-01T00:00:00Z';
    const options = { reference: 'imported', config: { Cmd: ['/sub/file'] }, created };
    const fromFolder = await store.images.importFolder(files, options);
    await run('tar', ['-czf', join(folder, 'files.tgz'), '-C', files, 'sub']);
    const fromArchive = await store.images.import(createReadStream(join(folder, 'files.tgz')), { message: 'by hand' });
    expect(await store.images.importFolder(files, options)).toBe(fromFolder);
    expect(store.images.show('imported:latest')).toMatchObject({
      id: fromFolder,
      size: 10_000,
      config: { config: { Cmd: ['/sub/file'] } },
    });
    expect(store.images.history(fromArchive)).toMatchObject([{ size: 10_000, comment: 'by hand', image: fromArchive }]);
    expect(await dangling(opened)).toEqual([]);
  });

  it('history shows the sizes of steps, 0 for those that changed no file, and which images they led to', async () => {
    const { folder, store } = await openedStore(subject);
    const layers = await twoLayers(folder);
    const upper = await layoutIn(folder, { layers });
    const below = madeLayout(join(folder, 'below'), {
      layers: layers.slice(0, 1),
      name: 'below:1',
      config: (config) => ({ ...config, history: [{ created: '2024-02-03T04:05:06Z', created_by: 'layer 0' }] }),
    });
    await store.images.load(upper.folder);
    const missing = store.images.history('acme/made:1.0');
    expect(missing.map(({ image }) => image)).toEqual([upper.id, null, null]);
    expect(missing.map(({ size }) => size)).toEqual([0, 50_005, 200_008]);
    expect(missing.map(({ layer }) => layer)).toEqual([null, upper.diffIds[1], upper.diffIds[0]]);
    await store.images.load(below.folder);
    expect(store.images.history('acme/made:1.0').map(({ image }) => image)).toEqual([upper.id, null, below.id]);
  });

  it('images are found by name, id and the start of an id', async () => {
    const { folder, store } = await openedStore(subject);
    const { id } = await layoutIn(folder).then(
      async (layout) => (await store.images.load(layout.folder))[0] ?? { id: '' },
    );
    for (const name of ['acme/made:1.0', 'docker.io/acme/made:1.0', id, id.slice(7), id.slice(0, 19), id.slice(7, 10)])
      expect(store.images.show(name).id).toBe(id);
    for (const name of ['acme/made', 'made:1.0', `${id.slice(0, -1)}${id.endsWith('0') ? 1 : 0}`, 'sha256:', 'fff0'])
      expect(() => store.images.show(name)).toThrow(expect.objectContaining({ name: 'StoreError' }));
    expect(() => store.images.show('acme/made')).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
    expect(() => store.images.show('UPPER case')).toThrow(expect.objectContaining({ code: 'INVALID_REFERENCE' }));
  });

  it('names are given, taken over and taken away, and the image goes with its last one', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    const layout = await layoutIn(folder);
    await store.images.load(layout.folder);
    await store.images.tag('acme/made:1.0', 'second');
    await expect(store.images.tag('second', 'Bad Name')).rejects.toMatchObject({ code: 'INVALID_REFERENCE' });
    await expect(store.images.tag('second', `x@${layout.id}`)).rejects.toMatchObject({ code: 'INVALID_REFERENCE' });
    await expect(store.images.remove(layout.id)).rejects.toMatchObject({ code: 'IMAGE_IN_USE' });
    expect(await store.images.remove('second')).toEqual({
      untagged: ['docker.io/library/second:latest'],
      deleted: null,
    });
    const other = await store.images.importFolder(join(folder, 'layout/blobs'), { reference: 'acme/made:1.0' });
    expect(store.images.show('acme/made:1.0').id).toBe(other);
    expect(store.images.show(layout.id).references).toEqual([]);
    expect(await store.images.prune()).toEqual([{ untagged: [], deleted: layout.id }]);
    expect(await store.images.prune()).toEqual([]);
    expect(await store.images.prune({ all: true })).toEqual([
      { untagged: ['docker.io/acme/made:1.0'], deleted: other },
    ]);
    await expectEmpty(opened);
  });

  const digest = digestOf('nothing');
  const breaks: Readonly<Record<string, readonly [code: string, Partial<LayoutRequest>]>> = {
    'an index that is not JSON': ['INVALID_IMAGE', { index: () => 'no index' }],
    'an index without images': ['INVALID_IMAGE', { index: (index) => ({ ...index, manifests: [] }) }],
    'an index that leads nowhere': [
      'INVALID_IMAGE',
      { index: (index) => ({ ...index, manifests: [{ digest, size: 7 }] }) },
    ],
    'a digest that leads out of the layout': [
      'INVALID_IMAGE',
      { index: (index) => ({ ...index, manifests: [{ digest: 'sha256:../../../etc/passwd', size: 7 }] }) },
    ],
    'a digest by another function': [
      'INVALID_IMAGE',
      { manifest: (manifest) => ({ ...manifest, config: { digest: 'md5:0', size: 1 } }) },
    ],
    'a name that is none': ['INVALID_REFERENCE', { name: 'acme/Not:a:name' }],
    'a manifest without layers': ['INVALID_IMAGE', { manifest: ({ config }) => ({ schemaVersion: 2, config }) }],
    'a manifest of the first schema': [
      'INVALID_IMAGE',
      { manifest: (manifest) => ({ ...manifest, schemaVersion: 1 }) },
    ],
    'a manifest that is an index too': ['INVALID_IMAGE', { manifest: (manifest) => ({ ...manifest, manifests: [] }) }],
    'a manifest with another number of layers': [
      'INVALID_IMAGE',
      { manifest: (manifest) => ({ ...manifest, layers: [] }) },
    ],
    'a manifest with a missing layer': [
      'INVALID_IMAGE',
      {
        manifest: (manifest) => ({
          ...manifest,
          layers: [
            { digest, size: 1 },
            { digest, size: 1 },
          ],
        }),
      },
    ],
    'a layer of another size': [
      'DIGEST_MISMATCH',
      {
        manifest: (manifest) => {
          const layers = manifest['layers'] as { size: number }[]; // As madeLayout made them.
          return { ...manifest, layers: layers.map((layer) => ({ ...layer, size: layer.size + 1 })) };
        },
      },
    ],
    'a configuration without a platform': ['INVALID_IMAGE', { config: ({ rootfs }) => ({ rootfs }) }],
    'a configuration with other layers': [
      'DIGEST_MISMATCH',
      { config: (config) => ({ ...config, history: null, rootfs: { type: 'layers', diff_ids: [digest, digest] } }) },
    ],
    'a configuration whose history has another number of layers': [
      'INVALID_IMAGE',
      { config: (config) => ({ ...config, history: [{ created_by: 'one' }] }) },
    ],
    'a configuration whose digests are none': [
      'INVALID_IMAGE',
      { config: (config) => ({ ...config, rootfs: { type: 'layers', diff_ids: ['sha256:x', 7] } }) },
    ],
  };

  it.each(Object.keys(breaks))('%s is refused, and nothing is left', async (name) => {
    const [code = '', request = {}] = breaks[name] ?? [];
    const opened = await openedStore(subject);
    const layout = await layoutIn(opened.folder, request);
    await expect(opened.store.images.load(layout.folder)).rejects.toMatchObject({ code });
    await expect(opened.store.images.load(await packed(layout.folder))).rejects.toMatchObject({ code });
    await expectEmpty(opened);
  });

  it('a layer that was changed, cut or prolonged is refused, and nothing is left', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    for (const compress of [false, true]) {
      const layout = madeLayout(join(folder, `${compress}`), { layers: await twoLayers(folder), compress });
      const manifest: { layers: { digest: `sha256:${string}` }[] } = JSON.parse(
        readFileSync(layout.blob(layout.manifest), 'utf8'),
      );
      const path = layout.blob(manifest.layers[1]?.digest ?? digest);
      const whole = readFileSync(path);
      const changed = Buffer.from(whole);
      changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 1;
      writeFileSync(path, changed);
      await expect(store.images.load(layout.folder)).rejects.toMatchObject({
        code: expect.stringMatching(/^(DIGEST_MISMATCH|INVALID_ARCHIVE)$/),
      });
      writeFileSync(path, whole);
      truncateSync(path, whole.length - 700);
      await expect(store.images.load(layout.folder)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
      writeFileSync(path, whole);
      appendFileSync(path, 'more');
      await expect(store.images.load(layout.folder)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    }
    await expectEmpty(opened);
  });

  it('bytes behind the end of a compressed layer are not overlooked', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    const layout = madeLayout(join(folder, 'layout'), {
      layers: [await tarOf(folder, { file: 'x' })],
      compress: true,
    });
    const manifest: { layers: { digest: `sha256:${string}` }[] } = JSON.parse(
      readFileSync(layout.blob(layout.manifest), 'utf8'),
    );
    const path = layout.blob(manifest.layers[0]?.digest ?? digest);
    const whole = readFileSync(path);
    // As long as before, so that only the digest can tell.
    writeFileSync(path, Buffer.concat([whole.subarray(0, -1), Buffer.from([whole.at(-1) === 1 ? 2 : 1])]));
    await expect(store.images.load(layout.folder)).rejects.toMatchObject({
      code: expect.stringMatching(/MISMATCH|ARCHIVE/),
    });
    await expectEmpty(opened);
  });

  it('what is no image at all is refused', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    await expect(store.images.load(await packed(opened.root))).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    await expect(store.images.load(archiveOf(randomBytes(5000))())).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    await expect(store.images.load(join(folder, 'missing'))).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED' });
    await expect(store.images.import(archiveOf(randomBytes(5000))())).rejects.toMatchObject({
      code: 'INVALID_ARCHIVE',
    });
    await expectEmpty(opened);
  });

  it('of an image for several platforms that of this host is loaded, and attestations are passed over', async () => {
    const opened = await openedStore(subject);
    const { folder, store } = opened;
    const layout = await layoutIn(folder);
    const { architecture } = hostPlatform();
    const manifest = { digest: layout.manifest, size: readFileSync(layout.blob(layout.manifest)).length };
    const inner = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          { digest, size: 1, platform: { os: 'unknown', architecture: 'unknown' } },
          { digest, size: 1, platform: { os: 'linux', architecture: 'another' } },
          { ...manifest, platform: { os: 'linux', architecture } },
        ],
      }),
    );
    writeFileSync(layout.blob(digestOf(inner)), inner);
    const annotations = { 'io.containerd.image.name': 'docker.io/acme/many:1' };
    const index = { schemaVersion: 2, manifests: [{ digest: digestOf(inner), size: inner.length, annotations }] };
    writeFileSync(join(layout.folder, 'index.json'), JSON.stringify(index));
    expect(await store.images.load(layout.folder)).toEqual([{ id: layout.id, references: ['docker.io/acme/many:1'] }]);
  });

  it('an aborted load ends with ABORTED and leaves nothing', async () => {
    const opened = await openedStore(subject);
    const layout = await layoutIn(opened.folder);
    const stop = new AbortController();
    const loading = opened.store.images.load(layout.folder, {
      signal: stop.signal,
      onProgress: ({ state }) => (state === 'done' ? stop.abort() : undefined),
    });
    await expect(loading).rejects.toMatchObject({ code: 'ABORTED' });
    await expectEmpty(opened);
  });

  it('saving into a folder with something in it is refused, and an unknown image is not saved', async () => {
    const { folder, store } = await openedStore(subject);
    const layout = await layoutIn(folder);
    await store.images.load(layout.folder);
    await expect(store.images.saveToFolder([layout.id], layout.folder)).rejects.toMatchObject({ code: 'NAME_IN_USE' });
    expect(existsSync(join(layout.folder, 'index.json'))).toBe(true);
    expect(() => store.images.save(['nobody'])).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
  });
});

describe('an image configuration', () => {
  const withConfig = (config: string): string =>
    `{"architecture":"amd64","os":"linux","config":${config},"rootfs":{"type":"layers","diff_ids":[]}}`;

  test('keeps labels, ports and volumes whatever they are called', () => {
    const text = withConfig(
      '{"Labels":{"__proto__":"","constructor":"c"},"Volumes":{"__proto__":{}},"ExposedPorts":{"__proto__":{}}}',
    );
    expect(serializeImageConfig(parseImageConfig(text)).toString()).toBe(
      '{"architecture":"amd64","os":"linux","config":{"ExposedPorts":{"__proto__":{}},"Volumes":{"__proto__":{}},' +
        '"Labels":{"__proto__":"","constructor":"c"}},"rootfs":{"type":"layers","diff_ids":[]}}',
    );
  });

  test.each([
    '{"Labels":{"__proto__":1}}',
    '{"Labels":[]}',
    '{"Labels":"a"}',
    '{"Volumes":{"/data":1}}',
    '{"Volumes":7}',
  ])('is refused with %s', (config) => {
    expect(() => parseImageConfig(withConfig(config))).toThrow(expect.objectContaining({ code: 'INVALID_IMAGE' }));
  });
});
