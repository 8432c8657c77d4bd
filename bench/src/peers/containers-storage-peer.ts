import { writeFileSync } from 'node:fs';
import { run } from '@graphdriver/host';
import { feedCommand } from './feed-command.ts';
import type { Peer, PeerKind } from './peer.ts';
import { peerPlace } from './peer-place.ts';

/** A driver of containers/storage, which is what podman, buildah and CRI-O keep their layers in. */
export type StorageDriver = 'overlay' | 'vfs' | 'btrfs';

const TRAITS: Readonly<Record<StorageDriver, Pick<PeerKind, 'copyOnWrite' | 'maxDepth' | 'filesystem'>>> = {
  overlay: { copyOnWrite: 'file', maxDepth: 128 },
  vfs: { copyOnWrite: 'none', maxDepth: null },
  btrfs: { copyOnWrite: 'block', maxDepth: null, filesystem: 'btrfs' },
};

const DURABILITY: Readonly<Record<StorageDriver, string>> = {
  overlay: 'The kernel syncs a file that it copies up, and the upper file system when it is unmounted.',
  vfs: 'Nothing of the files is synced.',
  btrfs: 'Making and removing a layer wait for a transaction; a first write is in memory.',
};

/** containers/storage, by its command: it has no daemon. */
export function containersStoragePeer(driver: StorageDriver): PeerKind {
  return {
    ...TRAITS[driver],
    name: `containers-storage:${driver}`,
    summary:
      `containers/storage with its driver ${driver}, by the command containers-storage, a process for each step: create-layer, mount, ` +
      `unmount, delete-layer. It has no daemon that could be asked. Its books are written anew with each change. ${DURABILITY[driver]}`,
    programs: ['containers-storage'],
    start: (root) => start(root, driver),
  };
}

async function start(root: string, driver: StorageDriver): Promise<Peer> {
  const place = await peerPlace(root);
  const config = `${place.short}/storage.conf`;
  const [graph, state] = [JSON.stringify(`${root}/storage`), JSON.stringify(`${place.short}/run`)];
  writeFileSync(config, `[storage]\ndriver = "${driver}"\ngraphroot = ${graph}\nrunroot = ${state}\n`);
  const env = { ...place.mark, CONTAINERS_STORAGE_CONF: config };
  const storage = async (...args: readonly string[]): Promise<string> =>
    (await run('containers-storage', args, { env, timeout: 0 })).stdout.trim();
  return {
    async create(id, parent) {
      await storage('create-layer', '--id', id, ...(parent === null ? [] : [parent]));
    },
    mount: (id) => storage('mount', id),
    async unmount(id) {
      await storage('unmount', id);
    },
    apply: (id, archive) => feedCommand(archive, 'containers-storage', ['applydiff', id], env),
    commit: async () => undefined,
    async remove(id) {
      await storage('delete-layer', id);
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}
