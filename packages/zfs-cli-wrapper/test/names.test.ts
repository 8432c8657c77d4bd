import { expect, test } from 'vitest';
import {
  assertAnyName,
  assertBookmarkName,
  assertHoldTag,
  assertPoolName,
  assertPropertyName,
  assertSnapshotName,
  datasetOf,
  parentOf,
  poolOf,
} from '../src/names.ts';

const invalid = expect.objectContaining({ name: 'ZfsError', code: 'INVALID_NAME' });

test('names of datasets, snapshots and bookmarks are those of ZFS', () => {
  for (const name of [
    'tank',
    'tank/a',
    'tank/A.b-c_d:e f',
    'tank/-a',
    'tank/a@b',
    'tank@-b',
    'tank/a#b',
    `tank/${'x'.repeat(250)}`,
  ])
    expect(() => assertAnyName(name)).not.toThrow();
  for (const name of [
    '',
    '-r',
    '/tank',
    'tank/',
    'tank//a',
    '1tank',
    '_tank',
    'tank/a@',
    'tank/a@b@c',
    'tank/a@b#c',
    'tank/@b',
    'tank/a@b/c',
    'tank/.',
    'tank/..',
    'tank/a%b',
    'tank/é',
    'tank/a\nb',
    'tank/a\0',
    'tank/a,b',
    `tank/${'x'.repeat(251)}`,
  ])
    expect(() => assertAnyName(name), name).toThrow(invalid);
});

test('what is a name of another kind is none', () => {
  expect(() => assertSnapshotName('tank/a')).toThrow(invalid);
  expect(() => assertBookmarkName('tank/a@b')).toThrow(invalid);
  expect(() => assertPoolName('tank/a')).toThrow(invalid);
  expect(() => assertHoldTag('-r')).toThrow(invalid);
  expect(() => assertHoldTag('keep it, please')).not.toThrow();
  expect(() => assertAnyName(1 as unknown as string)).toThrow(TypeError); // What JavaScript may pass.
});

test('names of properties cannot be options, and user properties have a colon', () => {
  for (const name of ['quota', 'userquota@1000', 'userused@a.b', 'com.example:key', 'a:b:c', ':x'])
    expect(() => assertPropertyName(name)).not.toThrow();
  for (const name of ['', '-o', '-a:x', 'Quota', 'A:b', 'quota=1', 'a b:c', 'quota,used', `a:${'x'.repeat(254)}`])
    expect(() => assertPropertyName(name), name).toThrow(expect.objectContaining({ code: 'INVALID_PROPERTY' }));
});

test('a name knows its pool, dataset and parent', () => {
  expect([poolOf('tank/a@b'), poolOf('tank'), poolOf('tank#b')]).toEqual(['tank', 'tank', 'tank']);
  expect([datasetOf('tank/a@b'), datasetOf('tank/a')]).toEqual(['tank/a', 'tank/a']);
  expect([parentOf('tank/a/b@c'), parentOf('tank')]).toEqual(['tank/a', undefined]);
});
