import type { OnceOperation } from '../sampler.ts';
import { ext4Place, ext4Refusal, freshExt4Refusal, loopPlace } from './row-place.ts';
import type { RowSizes } from './row-sizes.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';
import { type UnionBed, type UnionImage, type UnionSide, unionBed } from './union-bed.ts';
import type { UnionPeer } from './union-peers.ts';

/** What is done in a mounted image, once for each sample and side. */
export interface UnionWork<Subject> {
  /** As in the ids of the rows. */
  readonly name: string;
  /** What is done, in a few words. */
  readonly title: string;
  /** What exactly is done, in full sentences. */
  readonly why: string;
  /** At most this many times what each peer takes; `null` where the row only informs. */
  readonly targets: Readonly<Record<UnionPeer['name'], number | null>>;
  /**
   * Makes or removes many files: on a fresh ext4. Without a journal ext4 passes over inodes that were freed in the last minutes, one by
   * one, so that what a host has removed before would be measured, on both sides.
   */
  readonly manyFiles?: boolean;
  image(sizes: RowSizes): UnionImage;
  pairs(sizes: RowSizes): number;
  /** Begins a row: what comes back is the work on one side, and is asked for once for each. */
  begin(bed: Pick<UnionBed, 'directory'>, stage: RowStage): (side: UnionSide) => OnceOperation<Subject>;
}

/** Most pairs that are thrown away, until what a daemon does is compiled and what it reads is in memory. */
const WARM_UPS = 10;

/** The driver aufs against another union file system, on the same layers and at the same time. */
export function unionRow<Subject>(work: UnionWork<Subject>, peer: UnionPeer): RowProgram {
  return {
    row: {
      id: `aufs/${peer.name}/${work.name}`,
      title: `${work.title}, aufs against ${peer.title}`,
      unit: 'times',
      target: work.targets[peer.name],
      ours: `${work.title}, on aufs`,
      theirs: `the same on ${peer.title}`,
      why: `${work.why} Both mounts stack the very same directories, on one ext4. ${peer.durability} syncfs comes before each sample.`,
    },
    refusal: async (stage) => peer.refusal() ?? (await (work.manyFiles ? freshExt4Refusal() : ext4Refusal(stage))),
    async measure(stage) {
      await using place = await (work.manyFiles ? loopPlace(stage, 'ext4') : ext4Place(stage));
      await using bed = await unionBed(place, peer, work.image(stage.sizes), stage);
      const pairs = work.pairs(stage.sizes);
      const on = work.begin(bed, stage);
      return await samplePairs(
        on(bed.ours),
        on(bed.theirs),
        sampling(stage, pairs, Math.min(WARM_UPS, Math.ceil(pairs / 2))),
      );
    },
  };
}
