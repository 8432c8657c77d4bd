import type { WorkloadProfile } from './workload-profile.ts';

const KIB = 1024;
const MIB = 1024 ** 2;

/** Workloads by name. Their numbers are what somebody thought typical: give your own in a file where they are not. */
export const KNOWN_PROFILES: readonly WorkloadProfile[] = [
  {
    name: 'build',
    summary:
      'Steps of a build: many short containers that change some small files of a deep tree each, and rename what came with the image.',
    image: { files: 1000, size: 64 * MIB, layers: 16 },
    containers: 50,
    firstWrites: [
      { count: 100, size: 16 * KIB, directories: 8 },
      { count: 5, size: MIB, directories: 8 },
    ],
    laterWrites: [{ count: 200, size: 16 * KIB, directories: 8 }],
    needs: ['rename-lower-directories', 'hard-links'],
  },
  {
    name: 'database',
    summary: 'One container for long, whose few large files came with the image and are written to again and again.',
    image: { files: 200, size: 1536 * MIB, layers: 8 },
    containers: 1,
    firstWrites: [
      { count: 4, size: 256 * MIB, directories: 4 },
      { count: 20, size: 16 * MIB, directories: 4 },
    ],
    laterWrites: [{ count: 100_000, size: 256 * MIB, directories: 4 }],
    needs: ['open-files', 'stable-inodes', 'hard-links'],
  },
  {
    name: 'dense',
    summary:
      'A thousand containers of one image, each of which writes to hardly anything: what counts is to start and to end.',
    image: { files: 1000, size: 64 * MIB, layers: 8 },
    containers: 1000,
    firstWrites: [{ count: 3, size: 4 * KIB, directories: 2 }],
    laterWrites: [{ count: 10, size: 4 * KIB, directories: 2 }],
    needs: ['quota'],
  },
  {
    name: 'large-files',
    summary: 'Containers that each change a few large files of their image, as models and disk images are.',
    image: { files: 20, size: 4096 * MIB, layers: 4 },
    containers: 10,
    firstWrites: [{ count: 5, size: 512 * MIB, directories: 2 }],
    laterWrites: [{ count: 50, size: 512 * MIB, directories: 2 }],
    needs: [],
  },
  {
    name: 'small-files',
    summary:
      'Containers that each change thousands of small files of their image, as a change of owners or an upgrade does.',
    image: { files: 6000, size: 96 * MIB, layers: 8 },
    containers: 10,
    firstWrites: [{ count: 5000, size: 8 * KIB, directories: 6 }],
    laterWrites: [{ count: 5000, size: 8 * KIB, directories: 6 }],
    needs: ['hard-links'],
  },
];
