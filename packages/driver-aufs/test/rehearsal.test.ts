import { readdirSync, readFileSync } from 'node:fs';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { expect, it } from 'vitest';
import { rehearse } from '../src/daemon/rehearsal.ts';

const reason = requireOrSkip('aufs', privilegeReason());

function traces(): { readonly mounts: string; readonly descriptors: number } {
  return { mounts: readFileSync('/proc/self/mountinfo', 'utf8'), descriptors: readdirSync('/proc/self/fd').length };
}

it.skipIf(reason !== null)('a rehearsal goes to its end, and leaves no mount and no descriptor', async () => {
  const before = traces();
  let asked = 0;
  await rehearse(() => {
    asked += 1;
    return 0;
  });
  // It has looked for requests after each slice.
  expect(asked).toBeGreaterThan(50);
  expect(traces()).toEqual(before);
});

it.skipIf(reason !== null)('a rehearsal does nothing while requests come', async () => {
  let isBusy = true;
  let looks = 0;
  let isOver = false;
  const rehearsal = rehearse(() => {
    if (isBusy) looks += 1;
    return looks;
  }).then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  isBusy = false;
  // One look for each rest, and no slice in between.
  expect([isOver, looks < 40]).toEqual([false, true]);
  await rehearsal;
});
