import { createMounter, makeDirectory, removeTree, run } from '@graphdriver/host';
import type { Peer, PeerKind } from './peer.ts';
import { peerPlace } from './peer-place.ts';
import { unpackByTar } from './unpack-by-tar.ts';

/** fuse-overlayfs with nobody above it: directories, and its command for each mount. */
export const fuseOverlayfsPeer: PeerKind = {
  name: 'fuse-overlayfs',
  summary:
    'fuse-overlayfs by its command, on directories that we make and remove. It does not sync a file that it copies up; ' +
    'unmounting does not wait for the disk.',
  copyOnWrite: 'file',
  maxDepth: 500,
  programs: ['fuse-overlayfs', 'tar'],
  start,
};

async function start(root: string): Promise<Peer> {
  const place = await peerPlace(root);
  const mounter = createMounter();
  const chains = new Map<string, readonly string[]>();
  const of = (id: string, room: string): string => `${root}/${id}/${room}`;
  const nothing = `${root}/.nothing`;
  makeDirectory(nothing);
  return {
    async create(id, parent) {
      makeDirectory(`${root}/${id}`);
      for (const room of ['upper', 'work', 'merged']) makeDirectory(of(id, room));
      chains.set(id, parent === null ? [] : [of(parent, 'upper'), ...(chains.get(parent) ?? [])]);
    },
    async mount(id) {
      const chain = chains.get(id) ?? [];
      const lowers = chain.length === 0 ? [nothing] : chain;
      const options = `lowerdir=${lowers.join(':')},upperdir=${of(id, 'upper')},workdir=${of(id, 'work')}`;
      await run('fuse-overlayfs', ['-o', options, of(id, 'merged')], { env: place.mark });
      return of(id, 'merged');
    },
    unmount: (id) => mounter.unmount(of(id, 'merged')),
    apply: (id, archive) => unpackByTar(archive, of(id, 'upper')),
    commit: async () => undefined,
    async remove(id) {
      chains.delete(id);
      await removeTree(`${root}/${id}`);
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}
