import type { Capabilities } from '@graphdriver/core';
import type { WorkloadNeed, WorkloadProfile } from './workload-profile.ts';

/** Tells whether a driver gives what is needed, and what happens where it does not, as a sentence. */
const NEEDS: Readonly<
  Record<WorkloadNeed, { readonly met: (capabilities: Capabilities) => boolean; readonly otherwise: string }>
> = {
  'rename-lower-directories': {
    met: ({ renameLowerDirectory }) => renameLowerDirectory,
    otherwise: 'Renaming a directory of the image fails with EXDEV, and programs that know no way around it stop.',
  },
  'hard-links': {
    met: ({ keepsHardLinks }) => keepsHardLinks,
    otherwise: 'Two names of one file of the image are two files after a write to one of them.',
  },
  'open-files': {
    met: ({ sharesOpenFiles }) => sharesOpenFiles,
    otherwise: 'Who opened a file of the image before its first write does not see that write.',
  },
  'stable-inodes': {
    met: ({ stableInodes }) => stableInodes,
    otherwise: 'A file of the image gets another inode number by its first write.',
  },
  quota: {
    met: ({ quota }) => quota !== null,
    otherwise: 'What a container writes cannot be limited.',
  },
};

/** A thing that a workload needs and a driver does not give. */
export interface UnmetNeed {
  readonly need: WorkloadNeed;
  readonly sentence: string;
}

/** What a workload needs and a driver of these capabilities does not give. */
export function unmetNeeds({ needs }: WorkloadProfile, capabilities: Capabilities): readonly UnmetNeed[] {
  return needs
    .filter((need) => !NEEDS[need].met(capabilities))
    .map((need) => ({ need, sentence: NEEDS[need].otherwise }));
}
