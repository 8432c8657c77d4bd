import { randomInt } from 'node:crypto';
import { StoreError } from '../store-error.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{1,127}$/;

const MANNERS =
  'able bold brisk calm clever deft eager fair fond gentle happy jolly keen kind lively lucid merry mild modest neat patient proud quick quiet steady sunny swift tidy warm wise';
const THINGS =
  'amber anchor beacon birch brook cedar comet copper delta ember falcon fjord garnet harbor heron island juniper lagoon lantern maple meadow orchid otter pebble prairie raven river saffron summit willow';

/** Refuses what no container can be called. @throws {StoreError} `INVALID_NAME` */
export function assertContainerName(name: string): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new StoreError('INVALID_NAME', `A container cannot be called ${JSON.stringify(name)}.`, {
    hint: 'Names are 2 to 128 letters, digits, `_`, `.` and `-`, and start with a letter or digit.',
    details: { name },
  });
}

/** A name that people can say, as in `calm_otter`; with a number once `attempt` shows that the short ones are taken. */
export function randomContainerName(attempt: number): string {
  const name = `${pick(MANNERS)}_${pick(THINGS)}`;
  return attempt < 3 ? name : `${name}${randomInt(10 ** Math.min(attempt, 9))}`;
}

function pick(words: string): string {
  const all = words.split(' ');
  return all[randomInt(all.length)] ?? words;
}
