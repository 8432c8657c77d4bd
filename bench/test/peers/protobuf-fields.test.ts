import { describe, expect, test } from 'vitest';
import { parseMount } from '../../src/peers/containerd-peer.ts';
import { decodeFields, encodeFields } from '../../src/peers/protobuf-fields.ts';

const text = (message: Uint8Array): (readonly [number, string])[] =>
  decodeFields(message).map(([number, value]) => [number, value.toString()] as const);

describe('fields of protocol buffers', () => {
  test('come back as they were written, long ones and high numbers too', () => {
    const fields = [
      [1, ''],
      [2, 'é'.repeat(100)],
      [1, 'again'],
      [3000, 'x'.repeat(70_000)],
    ] as const;
    expect(text(encodeFields(fields))).toEqual(fields);
    expect(encodeFields([[1, 'ab']]).toString('hex')).toBe('0a026162');
  });

  test('that are numbers are skipped', () => {
    const numbers = Buffer.from(`08ac02${'11'}0102030405060708${'1d'}01020304`, 'hex');
    expect(text(Buffer.concat([numbers, encodeFields([[4, 'kept']])]))).toEqual([[4, 'kept']]);
  });

  test('that end too early are no message', () => {
    const whole = Buffer.concat([
      Buffer.from('08ac02', 'hex'),
      encodeFields([[2, 'abcdef']]),
      Buffer.from('1101020304', 'hex'),
    ]);
    for (const broken of [
      whole,
      whole.subarray(0, 5),
      whole.subarray(0, 2),
      whole.subarray(0, 4),
      Buffer.from('0b', 'hex'),
    ]) {
      expect(() => decodeFields(broken)).toThrow(RangeError);
    }
    expect(() => decodeFields(Buffer.alloc(12, 0xff))).toThrow(RangeError);
  });
});

describe('parseMount', () => {
  const mount = (fields: Parameters<typeof encodeFields>[0]): Buffer => encodeFields([[1, encodeFields(fields)]]);

  test('gives each lower directory an option of its own', () => {
    const options = ['index=off', 'workdir=/w', 'upperdir=/u', 'lowerdir=/a:/b', 'userxattr'];
    const answer = mount([[1, 'overlay'], [2, 'overlay'], ...options.map((option) => [4, option] as const)]);
    expect(parseMount(answer)).toEqual({
      type: 'overlay',
      source: 'overlay',
      options: [
        ['index', 'off'],
        ['workdir', '/w'],
        ['upperdir', '/u'],
        ['lowerdir', '/a'],
        ['lowerdir', '/b'],
        ['userxattr'],
      ],
    });
  });

  test('leaves the flags of a bind mount to who binds, and wants exactly one mount', () => {
    expect(
      parseMount(
        mount([
          [1, 'bind'],
          [2, '/s'],
          [4, 'rbind'],
          [4, 'rw'],
        ]),
      ),
    ).toEqual({
      type: 'bind',
      source: '/s',
      options: [],
    });
    expect(() => parseMount(Buffer.alloc(0))).toThrow(RangeError);
    expect(() => parseMount(Buffer.concat([mount([[1, 'bind']]), mount([[1, 'bind']])]))).toThrow(RangeError);
  });
});
