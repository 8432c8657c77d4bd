import { readFileSync, writeFileSync } from 'node:fs';
import { type TarEntry, writeTar } from '@graphdriver/archive';
import { type DockerCalls, dockerApi, dockerCommands } from './docker-calls.ts';
import { type HttpClient, httpClient } from './http-client.ts';
import { pauseProgram, pauseProgramReason } from './pause-program.ts';
import type { Peer, PeerKind } from './peer.ts';
import { type PeerPlace, peerPlace } from './peer-place.ts';

/** A storage driver of Docker's. */
export type DockerDriver = 'overlay2' | 'btrfs' | 'vfs' | 'fuse-overlayfs';

/** The image that others start from: a program, and the layer that holds it. */
const BOTTOM = 'bottom';
const PAUSE = 'pause';

const TRAITS: Readonly<Record<DockerDriver, Pick<PeerKind, 'copyOnWrite' | 'maxDepth' | 'filesystem'>>> = {
  overlay2: { copyOnWrite: 'file', maxDepth: 125 },
  'fuse-overlayfs': { copyOnWrite: 'file', maxDepth: 125 },
  btrfs: { copyOnWrite: 'block', maxDepth: 125, filesystem: 'btrfs' },
  vfs: { copyOnWrite: 'none', maxDepth: 125 },
};

const DURABILITY: Readonly<Record<DockerDriver, string>> = {
  overlay2: 'The kernel syncs a file that it copies up, and the upper file system when it unmounts.',
  'fuse-overlayfs': 'Nothing is synced when a file is copied up.',
  btrfs: 'Making and removing a container wait for a transaction; a first write is in memory.',
  vfs: 'Nothing is synced.',
};

/** How Docker is told what to do. */
type Way = 'api' | 'cli';

/** Docker, by its HTTP API or by its command. */
export function dockerPeer(driver: DockerDriver, way: Way = 'api'): PeerKind {
  const by = way === 'api' ? 'by the HTTP API on its socket' : 'by its command, a process for each step';
  return {
    ...TRAITS[driver],
    name: way === 'api' ? `docker:${driver}` : `docker:${driver}:cli`,
    summary:
      `Docker’s daemon with its storage driver ${driver}, ${by}. What counts as mounting is to start a container, ` +
      'by runc, whose only program does nothing; as unmounting, to kill it and to wait for its end: Docker has no lighter way that leaves a ' +
      `container mounted. Unpacking is a copy into the container. ${DURABILITY[driver]}`,
    programs: [
      ...['dockerd', 'containerd', 'runc'],
      ...(way === 'cli' ? ['docker'] : []),
      ...(driver === 'fuse-overlayfs' ? ['fuse-overlayfs'] : []),
    ],
    refusal: pauseProgramReason,
    start: (root) => start(root, driver, way),
  };
}

async function start(root: string, driver: DockerDriver, way: Way): Promise<Peer> {
  const place = await peerPlace(root);
  const client = httpClient(`${place.short}/docker.sock`);
  const end = async (): Promise<void> => {
    client.close();
    await place[Symbol.asyncDispose]();
  };
  try {
    await startDocker(place, client, driver);
    const bottom = repository(BOTTOM);
    await client.send('POST', `/v1.41/images/create?fromSrc=-&repo=${bottom}`, { tar: bottomImage() });
  } catch (error) {
    await end();
    throw error;
  }
  const calls = way === 'api' ? dockerApi(client) : dockerCommands(`unix://${place.short}/docker.sock`);
  return dockerPeerOf(place, calls, driver, end);
}

async function startDocker(
  { root, short, daemon }: PeerPlace,
  client: HttpClient,
  driver: DockerDriver,
): Promise<void> {
  writeFileSync(`${short}/daemon.json`, '{}');
  const places = ['--data-root', `${root}/docker`, '--exec-root', `${short}/exec`, '--pidfile', `${short}/pid`];
  const network = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];
  const own = [
    '--config-file',
    `${short}/daemon.json`,
    '--storage-driver',
    driver,
    '-H',
    `unix://${short}/docker.sock`,
  ];
  await daemon('dockerd', [...own, ...places, ...network], () => client.send('GET', '/_ping'));
}

function dockerPeerOf(place: PeerPlace, docker: DockerCalls, driver: DockerDriver, end: () => Promise<void>): Peer {
  const containers = new Map<string, string>();
  const container = (id: string): string => containers.get(id) ?? id;
  const environment = Object.entries(place.mark).map(([key, value]) => `${key}=${value}`);
  return {
    async create(id, parent) {
      const image = repository(parent ?? BOTTOM);
      containers.set(id, await docker.create({ image, command: `/${PAUSE}`, environment }));
    },
    async mount(id) {
      await docker.start(container(id));
      return mountedAt(`${place.root}/docker`, driver, container(id));
    },
    async unmount(id) {
      await docker.kill(container(id));
      await docker.wait(container(id));
    },
    apply: (id, archive) => docker.copyInto(container(id), archive),
    async commit(id) {
      await docker.commit(container(id), repository(id));
      await docker.removeContainer(container(id));
      containers.delete(id);
    },
    async remove(id) {
      if (!containers.has(id)) return await docker.removeImage(repository(id));
      await docker.removeContainer(container(id));
      containers.delete(id);
    },
    async [Symbol.asyncDispose]() {
      for (const id of containers.values()) await docker.removeContainer(id).catch(() => undefined);
      await end();
    },
  };
}

/** Ids of layers may have characters that names of images cannot. */
function repository(id: string): string {
  return `gd-${Buffer.from(id).toString('hex')}`;
}

/** Read from Docker's books, because another question to the daemon would be in the time. */
function mountedAt(root: string, driver: DockerDriver, container: string): string {
  const id = readFileSync(`${root}/image/${driver}/layerdb/mounts/${container}/mount-id`, 'utf8').trim();
  if (driver === 'btrfs') return `${root}/btrfs/subvolumes/${id}`;
  return driver === 'vfs' ? `${root}/vfs/dir/${id}` : `${root}/${driver}/${id}/merged`;
}

function bottomImage(): AsyncIterable<Uint8Array> {
  const content = pauseProgram();
  const entry: TarEntry = {
    path: PAUSE,
    type: 'file',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: 0n,
    linkTarget: '',
    rdev: 0,
    xattrs: new Map(),
    segments: null,
    content: [content],
  };
  return writeTar([entry]);
}
