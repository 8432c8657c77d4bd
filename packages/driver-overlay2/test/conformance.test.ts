import { describeConformance } from '@graphdriver/conformance/vitest';
import type { MountRoute } from '@graphdriver/core';
import { afterAll, beforeAll, describe } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { makePlace, type Place, type PlaceKind, placeReason } from './places.ts';

const subject = {
  module: overlay2,
  source: { specifier: new URL('../dist/index.js', import.meta.url).href, export: 'overlay2' },
};

describeConformance(subject);

const full = process.env['GRAPHDRIVER_FULL'] === '1';

/** What a renamed directory with lower content may change: what views show, and what diffs and archives hold. */
const REDIRECTED = ['content', 'copy-up', 'diff', 'archive', 'oracle', 'deep', 'lifecycle', 'descriptions'];

// Other mount options, and diffs of another kind.
describe('with redirect_dir=on', () =>
  describeConformance({ ...subject, options: { settings: { redirect_dir: 'on' } } }, full ? {} : { only: REDIRECTED }));

/** Every file system by every route: minutes each. */
const ELSEWHERE: readonly (readonly [PlaceKind, MountRoute])[] = [
  ['xfs', 'syscall'],
  ['btrfs', 'syscall'],
  ['ext4', 'command'],
  ['xfs', 'command'],
  ['btrfs', 'command'],
];

for (const [kind, mountWith] of full ? ELSEWHERE : []) {
  const reason = await placeReason(kind);
  describe.skipIf(reason !== null)(`on ${kind} by ${mountWith}${reason === null ? '' : `: ${reason}`}`, () => {
    let place: Place;

    beforeAll(async () => {
      place = await makePlace(kind, [], 3 * 1024 ** 3);
    }, 600_000);

    afterAll(() => place?.[Symbol.asyncDispose]());

    describeConformance({ ...subject, options: { mountWith } }, { root: () => place.path });
  });
}
