import { expect, test } from 'vitest';
import { parseMountFlag, parseVolumeFlag } from '../src/volumes/mount-flag.ts';

const VOLUME = { kind: 'volume', name: 'data', target: '/var/data', readOnly: false, copy: true };
const BIND = { kind: 'bind', source: '/srv/x', target: '/x', readOnly: false, createSource: true };

test.each([
  ['data:/var/data', VOLUME],
  ['data:/var/data/', VOLUME],
  ['data:/var/data:ro', { ...VOLUME, readOnly: true }],
  ['data:/var/data:rw,nocopy', { ...VOLUME, copy: false }],
  ['/var/data', { ...VOLUME, name: undefined }],
  ['/srv/x:/x', BIND],
  ['/srv/../srv/./x:/x:ro', { ...BIND, readOnly: true }],
  ['./x:/x', { ...BIND, source: '/from/x' }],
  ['../x:/a/../x', { ...BIND, source: '/x' }],
])('-v %s is read as Docker reads it', (text, expected) => {
  expect(parseVolumeFlag(text, '/from')).toEqual(expected);
});

test.each(['data', '', 'data:relative', 'data:/', 'data:/a/..', 'a:/b:ro:x', 'data:/x:z', '/srv:/x:nocopy', 'a:/b\0'])(
  '-v %j is refused',
  (text) => {
    expect(() => parseVolumeFlag(text, '/from')).toThrow(TypeError);
  },
);

test.each(['-x:/a', 'a/b:/a', 'ü:/a', `${'x'.repeat(201)}:/a`, ':/a'])('%j names no volume', (text) => {
  expect(() => parseVolumeFlag(text, '/from')).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
});

test.each([
  ['type=volume,source=data,target=/var/data', VOLUME],
  ['src=data,dst=/var/data,readonly', { ...VOLUME, readOnly: true }],
  ['source=data,destination=/var/data,ro=false,volume-nocopy=true', { ...VOLUME, copy: false }],
  ['target=/var/data', { ...VOLUME, name: undefined }],
  ['type=bind,source=/srv/x,target=/x,ro=1', { ...BIND, readOnly: true, createSource: false }],
  ['type=bind,"source=/srv/a,b ""c""",target=/x', { ...BIND, source: '/srv/a,b "c"', createSource: false }],
  ['type=bind,source=/srv/a=b,target=/x', { ...BIND, source: '/srv/a=b', createSource: false }],
])('--mount %s is read as Docker reads it', (text, expected) => {
  expect(parseMountFlag(text)).toEqual(expected);
});

test.each([
  '',
  'type=tmpfs,target=/x',
  'type=bind,target=/x',
  'type=bind,source=relative,target=/x',
  'type=bind,source=/x,target=/x,volume-nocopy',
  'source=data',
  'source=data,target=/x,target=/y',
  'source=data,target=/x,colour=red',
  'source=data,target=/x,readonly=perhaps',
  'source=data,"target=/x',
  'constructor=x,target=/x',
])('--mount %j is refused', (text) => {
  expect(() => parseMountFlag(text)).toThrow(TypeError);
});
