import { mkdirSync, writeFileSync } from 'node:fs';
import { createMounter, type MountOption, removeDirectory } from '@graphdriver/host';
import { type GrpcClient, grpcClient } from './grpc-client.ts';
import type { Peer, PeerKind } from './peer.ts';
import { type PeerPlace, peerPlace } from './peer-place.ts';
import { decodeFields, encodeFields } from './protobuf-fields.ts';
import { unpackByTar } from './unpack-by-tar.ts';

/** A snapshotter of containerd's. */
export type Snapshotter = 'overlayfs' | 'native' | 'btrfs';

const SERVICE = '/containerd.services.snapshots.v1.Snapshots';
/** Without this label what no image refers to is swept away. */
const KEPT = encodeFields([
  [1, 'containerd.io/gc.root'],
  [2, 'bench'],
]);

const TRAITS: Readonly<Record<Snapshotter, Pick<PeerKind, 'copyOnWrite' | 'maxDepth' | 'filesystem'>>> = {
  overlayfs: { copyOnWrite: 'file', maxDepth: 500 },
  native: { copyOnWrite: 'none', maxDepth: null },
  btrfs: { copyOnWrite: 'block', maxDepth: null, filesystem: 'btrfs' },
};

const DURABILITY: Readonly<Record<Snapshotter, string>> = {
  overlayfs: 'The kernel syncs a file that it copies up, and the upper file system when it is unmounted.',
  native: 'Nothing of the files is synced.',
  btrfs: 'Making a snapshot waits for a transaction; a first write is in memory.',
};

/** containerd’s snapshots, by gRPC. */
export function containerdPeer(snapshotter: Snapshotter): PeerKind {
  return {
    ...TRAITS[snapshotter],
    name: `containerd:${snapshotter}`,
    summary:
      `containerd’s daemon with its snapshotter ${snapshotter}, by gRPC on its socket: Prepare, Commit and Remove. What they say is to be ` +
      'mounted we mount by system calls. Remove only takes it out of the books: the files go when containerd next cleans up. Its books are ' +
      `synced with each change. Unpacking is tar in the mounted layer. ${DURABILITY[snapshotter]}`,
    programs: ['containerd', 'tar'],
    start: (root) => start(root, snapshotter),
  };
}

async function start(root: string, snapshotter: Snapshotter): Promise<Peer> {
  const place = await peerPlace(root);
  const socket = `${place.short}/containerd.sock`;
  const config = `${place.short}/config.toml`;
  writeFileSync(
    config,
    `version = 2\nroot = ${JSON.stringify(`${root}/containerd`)}\nstate = "${place.short}/state"\n` +
      `disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "${socket}"\n`,
  );
  const asked = encodeFields([
    [1, snapshotter],
    [2, 'none'],
  ]);
  await place.daemon('containerd', ['--config', config], async () => {
    const client = grpcClient(socket, { 'containerd-namespace': 'bench' });
    // It answers, if only that there is no such snapshot.
    await client
      .call(`${SERVICE}/Mounts`, asked)
      .catch((error: unknown) => {
        if (!String(error).includes('not exist') && !String(error).includes('not found')) throw error;
      })
      .finally(() => client.close());
  });
  return containerdPeerOf(place, grpcClient(socket, { 'containerd-namespace': 'bench' }), snapshotter);
}

function containerdPeerOf(place: PeerPlace, client: GrpcClient, snapshotter: Snapshotter): Peer {
  const mounts = new Map<string, ContainerdMount>();
  const mounter = createMounter();
  const target = (id: string): string => `${place.root}/mounts/${id}`;
  const committedName = (id: string): string => `committed-${id}`;
  const mount = async (id: string): Promise<string> => {
    const request = mounts.get(id);
    if (request === undefined) throw new TypeError(`${id} is not to be mounted.`);
    const path = target(id);
    mkdirSync(path, { recursive: true });
    if (request.type === 'bind') await mounter.bind(request.source, path);
    else await mounter.mount({ ...request, target: path });
    return path;
  };
  const unmount = async (id: string): Promise<void> => {
    await mounter.unmount(target(id));
    removeDirectory(target(id));
  };
  return {
    async create(id, parent) {
      const from = parent === null ? '' : committedName(parent);
      const answer = await client.call(
        `${SERVICE}/Prepare`,
        encodeFields([
          [1, snapshotter],
          [2, id],
          [3, from],
          [4, KEPT],
        ]),
      );
      mounts.set(id, parseMount(answer));
    },
    mount,
    unmount,
    async apply(id, archive) {
      await unpackByTar(archive, await mount(id));
      await unmount(id);
    },
    async commit(id) {
      await client.call(
        `${SERVICE}/Commit`,
        encodeFields([
          [1, snapshotter],
          [2, committedName(id)],
          [3, id],
          [4, KEPT],
        ]),
      );
      mounts.delete(id);
    },
    async remove(id) {
      const key = mounts.delete(id) ? id : committedName(id);
      await client.call(
        `${SERVICE}/Remove`,
        encodeFields([
          [1, snapshotter],
          [2, key],
        ]),
      );
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** What containerd says is to be mounted. */
export interface ContainerdMount {
  readonly type: string;
  readonly source: string;
  /** As mount options of ours: `lowerdir` once per lower. Flags of bind mounts are left out. */
  readonly options: readonly MountOption[];
}

/** Reads the one mount of an answer to Prepare. @throws {RangeError} where there is none, or several */
export function parseMount(answer: Uint8Array): ContainerdMount {
  const found = decodeFields(answer).filter(([number]) => number === 1);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new RangeError(`There are ${found.length} mounts in the answer.`);
  const texts = decodeFields(only[1]).map(([number, value]) => [number, value.toString()] as const);
  const text = (wanted: number): string => texts.find(([number]) => number === wanted)?.[1] ?? '';
  const options = texts.filter(([number]) => number === 4).map(([, option]) => option);
  return { type: text(1), source: text(2), options: text(1) === 'bind' ? [] : options.flatMap(mountOptions) };
}

function mountOptions(option: string): readonly MountOption[] {
  const at = option.indexOf('=');
  if (at === -1) return [[option]];
  const [key, value] = [option.slice(0, at), option.slice(at + 1)];
  return key === 'lowerdir' ? value.split(':').map((lower) => [key, lower] as const) : [[key, value]];
}
