import { lstatSync } from 'node:fs';
import type { ImageFile } from '../bench-image.ts';
import { settle, type UnionImage, type UnionMount } from './union-bed.ts';
import type { UnionWork } from './union-row.ts';

/** Names that are looked up in one mount. */
const NAMES = 64;
const DIRECTORY = 'usr/lib/deep';

/** Names that nobody has asked for yet in this mount. */
export function lookupWork(layers: number): UnionWork<UnionMount> {
  return {
    name: `lookup-${layers}`,
    title: `first lookups over ${layers} ${layers === 1 ? 'layer' : 'layers'}`,
    why:
      `lstat(2) of ${NAMES} names in a directory that all ${layers} layers of the image have, three directories down, in a mount in which ` +
      'nothing has been looked up before. What the layers hold is in memory: the unions are cold, the disk is not asked.',
    targets: { overlay: null, 'fuse-overlayfs': 1 },
    image: () => deepImage(layers),
    pairs: ({ unionPairs }) => 2 * unionPairs,
    begin: (bed) => (side) => ({
      async prepare() {
        await side.lasting();
        const mount = await side.mount();
        await settle(bed);
        return mount;
      },
      measure({ path }) {
        for (let number = 0; number < NAMES; number += 1) lstatSync(`${path}/${DIRECTORY}/file-${number}`);
      },
      release: ({ release }) => release(),
    }),
  };
}

/** From nothing mounted to a file's attributes. */
export function firstAccessWork(layers: number): UnionWork<{ mount?: UnionMount }> {
  return {
    name: `first-access-${layers}`,
    title: `time to first access over ${layers} layers`,
    why:
      `Making the container, mounting it over ${layers} layers, and lstat(2) of one file, three directories down. Ours keeps its books; the ` +
      'other makes four directories, mounts, and keeps none. A container of each is mounted all the while, so that no daemon of ours has ' +
      'to be started. What the layers hold is in memory.',
    targets: { overlay: null, 'fuse-overlayfs': 1 },
    image: () => deepImage(layers),
    pairs: ({ unionPairs }) => 2 * unionPairs,
    begin: (bed) => (side) => ({
      async prepare() {
        await side.lasting();
        await settle(bed);
        return {};
      },
      async measure(subject) {
        subject.mount = await side.mount();
        lstatSync(`${subject.mount.path}/${DIRECTORY}/file-0`);
      },
      async release({ mount }) {
        await mount?.release();
      },
    }),
  };
}

/** The names that are looked up are in the bottom layer; each other layer has one file in the same directory. */
function deepImage(layers: number): UnionImage {
  const file = (name: string | number): ImageFile => ({ path: `${DIRECTORY}/${name}`, size: 64 });
  const bottom = Array.from({ length: NAMES }, (_, number) => file(`file-${number}`));
  return [bottom, ...Array.from({ length: layers - 1 }, (_, number) => [file(`layer-${number + 2}`)])];
}
