import { commandExists, createMounter, run } from '@graphdriver/host';

/** Another union file system, which is mounted by itself on the directories of our layers. */
export interface UnionPeer {
  /** As in the ids of the rows. */
  readonly name: 'overlay' | 'fuse-overlayfs';
  readonly title: string;
  /** Whether our layer is held with `volatile` beside it, so that neither side or both sides sync what is copied up. */
  readonly volatile: boolean;
  /** What is on the disk when a first write returns, as a sentence. */
  readonly durability: string;
  /** Why it cannot be mounted here, as a sentence, or `null`. */
  refusal(): string | null;
  /** Mounts it at `target`. Taking the mount away is all that it takes to be rid of it. */
  mount(request: UnionMountRequest): Promise<void>;
}

/** What a {@link UnionPeer} stacks, and where. */
export interface UnionMountRequest {
  /** Directories that are only read, the top one first. None has a comma, a colon or a backslash in its path. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly target: string;
}

/** The kernel's own, which syncs a file that it copies up. */
export const kernelOverlay: UnionPeer = {
  name: 'overlay',
  title: 'the kernel’s overlay',
  volatile: false,
  durability: 'Both sides sync a file that they copy up before it takes the old one’s place.',
  refusal: () => null,
  mount: ({ lowers, upper, work, target }) =>
    createMounter().mount({
      type: 'overlay',
      source: 'overlay',
      target,
      options: [...lowers.map((lower) => ['lowerdir', lower] as const), ['upperdir', upper], ['workdir', work]],
    }),
};

/** What containers without root's rights have used, which syncs nothing of its own accord. */
export const fuseOverlayfs: UnionPeer = {
  name: 'fuse-overlayfs',
  title: 'fuse-overlayfs',
  volatile: true,
  durability: 'Neither side syncs a file that it copies up: fuse-overlayfs does not, and ours is held with `volatile`.',
  refusal: () => (commandExists('fuse-overlayfs') ? null : 'There is no command fuse-overlayfs.'),
  async mount({ lowers, upper, work, target }) {
    const options = `lowerdir=${lowers.join(':')},upperdir=${upper},workdir=${work}`;
    await run('fuse-overlayfs', ['-o', options, target]);
  },
};
