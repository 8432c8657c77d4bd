import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandExists, run } from '@graphdriver/host';
import { beforeEach, describe, expect, test } from 'vitest';
import { madeLayout, tarOf } from './support/made-layout.ts';
import {
  dangling,
  type OpenedStore,
  openedStore,
  type Subject,
  scratchFolder,
  subjects,
} from './support/opened-store.ts';
import { collect } from './support/tar-files.ts';

const MADE = 'acme/made:1.0';
const COMMITTED = 'acme/committed:1.0';

/** Longer than a ustar header holds. */
const LONG = `opt/${'a-directory-with-a-long-name/'.repeat(9)}file`;

/** What another program keeps and gives back: from a file of ours to a file of its own. */
type Journey = (from: string, to: string, folder: string) => Promise<unknown>;

interface Route {
  readonly program: string;
  readonly format: 'oci' | 'docker-archive';
  readonly journey: Journey;
}

const routes: readonly (readonly [string, Route])[] = [
  [
    'an OCI layout through skopeo',
    { program: 'skopeo', format: 'oci', journey: (from, to) => skopeo('oci-archive', from, to) },
  ],
  [
    'an archive of docker save through skopeo',
    { program: 'skopeo', format: 'docker-archive', journey: (from, to) => skopeo('docker-archive', from, to) },
  ],
  [
    'an OCI layout through podman',
    { program: 'podman', format: 'oci', journey: (from, to, folder) => podman('oci-archive', from, to, folder) },
  ],
  [
    'an archive of docker save through podman',
    {
      program: 'podman',
      format: 'docker-archive',
      journey: (from, to, folder) => podman('docker-archive', from, to, folder),
    },
  ],
];

async function skopeo(transport: string, from: string, to: string): Promise<void> {
  await run('skopeo', ['--insecure-policy', 'copy', '--quiet', `${transport}:${from}`, `${transport}:${to}`]);
}

/** Into a storage of podman's own, where it unpacks every layer, and out again. */
async function podman(format: string, from: string, to: string, folder: string): Promise<void> {
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const own = [
    '--root',
    join(folder, 'podman'),
    '--runroot',
    join(folder, 'podman-run'),
    '--tmpdir',
    join(folder, 'podman-tmp'),
  ];
  const storage = [...own, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'];
  await run('podman', [...storage, 'load', '--quiet', '--signature-policy', policy, '--input', from]);
  const { stdout } = await run('podman', [...storage, 'images', '--quiet', '--no-trunc']);
  await run('podman', [...storage, 'save', '--quiet', '--format', format, '--output', to, stdout.trim()]);
}

/** An image whose layers GNU tar has written. */
async function loadMade({ store, folder }: OpenedStore): Promise<void> {
  const layers = [
    await tarOf(folder, { 'etc/motd': 'hello', 'bin/tool': randomBytes(200_000), 'var/cache': null, 'etc/old': 'old' }),
    await tarOf(folder, { 'etc/motd': 'other', 'etc/.wh.old': '', [LONG]: randomBytes(5000) }),
  ];
  await store.images.load(madeLayout(join(folder, 'made'), { layers, name: MADE }).folder);
}

/** An image on that one whose upper layer this project has written: with links, modes, owners, and names that are deleted. */
async function commitOn({ store }: OpenedStore): Promise<void> {
  await store.containers.create(MADE, { name: 'changed' });
  {
    await using mount = await store.containers.mount('changed');
    rmSync(join(mount.path, 'bin'), { recursive: true });
    mkdirSync(join(mount.path, 'srv/deep'), { recursive: true, mode: 0o1777 });
    writeFileSync(join(mount.path, 'srv/größe'), randomBytes(70_000), { mode: 0o640 });
    linkSync(join(mount.path, 'srv/größe'), join(mount.path, 'srv/deep/same'));
    symlinkSync('../etc/motd', join(mount.path, 'srv/link'));
    await run('setfattr', ['-n', 'user.note', '-v', 'kept', join(mount.path, 'srv/größe')]);
    await run('chown', ['1000:1001', join(mount.path, 'srv/deep')]);
  }
  await store.containers.commit('changed', { reference: COMMITTED });
  await store.containers.remove('changed');
}

describe.each(subjects)('images of a store over %s', (_name, subject: Subject) => {
  describe.each(routes)('as %s and back', (_route, { program, format, journey }) => {
    beforeEach(({ skip }) => {
      if (subject.reason !== null) skip(subject.reason);
      if (!commandExists(program)) skip(`${program} is not installed.`);
      if (!commandExists('setfattr')) skip('setfattr is not installed.');
    });

    test.each([MADE, COMMITTED])('%s has the same id, configuration and diff IDs', async (image) => {
      const first = await openedStore(subject);
      await loadMade(first);
      await commitOn(first);
      const folder = scratchFolder();
      writeFileSync(join(folder, 'out.tar'), await collect(first.store.images.save([image], { format })));
      await journey(join(folder, 'out.tar'), join(folder, 'back.tar'), folder);

      const second = await openedStore(subject);
      const { id, config } = first.store.images.show(image);
      expect(await second.store.images.load(join(folder, 'back.tar'))).toMatchObject([{ id }]);
      expect(second.store.images.configBytes(id)).toEqual(first.store.images.configBytes(id));
      expect(second.store.images.show(id).config.rootfs).toEqual(config.rootfs);
      const diffIds = second.store.layers.list().map(({ diffId }) => diffId);
      expect(new Set(diffIds)).toEqual(new Set(config.rootfs.diff_ids));
      for (const { key } of second.store.layers.list())
        expect(await collect(second.store.layers.archive(key as `sha256:${string}`))).toEqual(
          await collect(first.store.layers.archive(key as `sha256:${string}`)),
        );
      expect(await dangling(second)).toEqual([]);
    });
  });
});
