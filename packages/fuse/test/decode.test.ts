import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from '../src/message.ts';
import { IN_HEADER, OPCODES, type Operation, operationName } from '../src/protocol.ts';
import { ProtocolError } from '../src/protocol-error.ts';
import { DECODERS } from './decoders.ts';

// What test/record-requests.mjs wrote.
const { requests } = JSON.parse(readFileSync(new URL('./fixtures/requests.json', import.meta.url), 'utf8')) as {
  readonly requests: Readonly<Record<string, string>>;
};

function recorded(operation: Operation): Message {
  return new Message(Buffer.from(requests[operation] ?? '', 'hex'));
}

/** A request of `operation` with `body`, as the kernel would put it. */
function request(operation: Operation, body: Buffer): Message {
  const header = Buffer.alloc(IN_HEADER);
  header.writeUInt32LE(IN_HEADER + body.length, 0);
  header.writeUInt32LE(OPCODES[operation], 4);
  return new Message(Buffer.concat([header, body]));
}

describe('requests that a kernel sent', () => {
  it('every one of them is read, and says its name', () => {
    for (const [name, hex] of Object.entries(requests)) {
      const message = new Message(Buffer.from(hex, 'hex'));
      expect(operationName(message.opcode)).toBe(name);
      const decode = DECODERS[name as Operation]; // The recording has names of operations for keys.
      expect(() => decode?.(message), name).not.toThrow();
    }
    expect(Object.keys(requests).length).toBeGreaterThan(35);
  });

  // What the calls in record-requests.mjs asked for.
  it.each([
    ['LOOKUP', 'f'],
    ['UNLINK', 'file'],
    ['REMOVEXATTR', 'trusted.x'],
    ['SYMLINK', { name: 'link', target: 'some/where' }],
    ['MKDIR', { name: 'dir', mode: 0o755, umask: 0o22 }],
    ['MKNOD', { name: 'node', mode: 0o020644, umask: 0o22, rdev: 0x103 }],
    ['LINK', { node: 3, newName: 'other' }],
    ['RENAME2', { name: 'fifo', newParent: 2, newName: 'fifo', noReplace: true, exchange: false, whiteout: false }],
    ['CREATE', { name: 'f', mode: 0o100755, umask: 0o22, killSuidGid: false }],
    ['TMPFILE', { name: '', mode: 0o100600 }],
    ['SETXATTR', { name: 'trusted.x', value: Buffer.from('value'), create: false, replace: false }],
    ['GETXATTR', { name: 'security.capability', size: 0 }],
    ['WRITE', { offset: 0, data: Buffer.from('data'), fromCache: false, killSuidGid: false }],
    ['READ', { offset: 0, size: 8192 }],
    ['FALLOCATE', { offset: 3, length: 4997, mode: 3 }],
    ['SETATTR', { mode: undefined, size: 5000, atime: undefined, handle: 12 }],
    ['LSEEK', { offset: 0, whence: 'hole' }],
    ['COPY_FILE_RANGE_64', { offset: 0, toOffset: 0, length: 4 }],
    ['SETLK', { lock: { type: 'write', start: 5n, end: 14n }, flock: false, wait: false }],
    ['SETLKW', { lock: { type: 'write', start: 0n, end: 2n ** 63n - 1n }, flock: true, wait: true }],
    ['INIT', { major: 7, minor: 45, maxReadahead: 131_072 }],
  ] as const)('%s says what was asked for', (operation, expected) => {
    const decoded = DECODERS[operation]?.(recorded(operation));
    if (typeof expected === 'string') expect(decoded).toBe(expected);
    else expect(decoded).toMatchObject(expected);
  });

  it('cut off anywhere, none of them crashes the reader otherwise than by a ProtocolError', () => {
    for (const [name, hex] of Object.entries(requests)) {
      const whole = Buffer.from(hex, 'hex');
      for (let length = 0; length < whole.length; length += 1) {
        const part = Buffer.from(whole.subarray(0, length));
        if (length >= 4) part.writeUInt32LE(length, 0);
        expect(() => decodeAny(part, name as Operation), `${name} of ${length}`).not.toThrow(Crash);
      }
    }
  });
});

/** Anything that is thrown and is no ProtocolError. */
class Crash extends Error {}

function decodeAny(bytes: Buffer, operation: Operation): unknown {
  try {
    return DECODERS[operation]?.(new Message(bytes));
  } catch (error) {
    if (error instanceof ProtocolError && error.errno < 0) return undefined;
    throw new Crash('A reader must only fail by a ProtocolError.', { cause: error });
  }
}

const operations = Object.keys(DECODERS) as Operation[]; // DECODERS has no other keys.

describe('hostile messages', () => {
  it('no bytes whatever crash a reader', () => {
    fc.assert(
      fc.property(fc.constantFrom(...operations), fc.uint8Array({ maxLength: 300 }), (operation, bytes) => {
        decodeAny(Buffer.from(bytes), operation);
        const header = Buffer.alloc(IN_HEADER);
        header.writeUInt32LE(IN_HEADER + bytes.length, 0);
        header.writeUInt32LE(OPCODES[operation], 4);
        decodeAny(Buffer.concat([header, bytes]), operation);
      }),
      { numRuns: 5_000 },
    );
  });

  it('bytes of an earlier message behind this one are never read', () => {
    const body = Buffer.from('name-that-goes-on\0');
    const buffer = Buffer.concat([request('LOOKUP', body).bytes, Buffer.from('leftover\0')]);
    buffer.writeUInt32LE(IN_HEADER + 4, 0);
    expect(() => DECODERS.LOOKUP?.(new Message(buffer, IN_HEADER + 4))).toThrow(ProtocolError);
  });

  it('a count or size beyond the message is refused', () => {
    const forget = Buffer.alloc(24);
    forget.writeUInt32LE(0xffffffff, 0);
    expect(() => DECODERS.BATCH_FORGET?.(request('BATCH_FORGET', forget))).toThrow(ProtocolError);
    const write = Buffer.alloc(44);
    write.writeUInt32LE(5, 16);
    expect(() => DECODERS.WRITE?.(request('WRITE', write))).toThrow(ProtocolError);
  });
});

describe('round trips', () => {
  const byteName = fc
    .uint8Array({ minLength: 1, maxLength: 255 })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 ? 1 : byte))).toString('latin1'));
  const safe = fc.maxSafeNat();

  it('names of any bytes come out as they went in', () => {
    fc.assert(
      fc.property(byteName, byteName, (name, target) => {
        const body = Buffer.from(`${name}\0${target}\0`, 'latin1');
        expect(DECODERS.SYMLINK?.(request('SYMLINK', body))).toEqual({ name, target });
      }),
    );
  });

  it('numbers up to 2^53 - 1 come out as they went in, and larger ones are refused', () => {
    fc.assert(
      fc.property(safe, safe, safe, (handle, offset, length) => {
        const body = Buffer.alloc(32);
        for (const [index, value] of [handle, offset, length].entries())
          body.writeBigUInt64LE(BigInt(value), index * 8);
        expect(DECODERS.FALLOCATE?.(request('FALLOCATE', body))).toEqual({ handle, offset, length, mode: 0 });
      }),
    );
    const body = Buffer.alloc(32);
    body.writeBigUInt64LE(2n ** 53n, 8);
    expect(() => DECODERS.FALLOCATE?.(request('FALLOCATE', body))).toThrow(
      expect.objectContaining({ reason: 'too-large', errno: -27 }),
    );
  });

  it('all that is forgotten in one message is told, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(safe, safe), { maxLength: 50 }), (pairs) => {
        const body = Buffer.alloc(8 + pairs.length * 16);
        body.writeUInt32LE(pairs.length, 0);
        for (const [index, [node, lookups]] of pairs.entries()) {
          body.writeBigUInt64LE(BigInt(node), 8 + index * 16);
          body.writeBigUInt64LE(BigInt(lookups), 16 + index * 16);
        }
        expect(DECODERS.BATCH_FORGET?.(request('BATCH_FORGET', body))).toEqual(pairs);
      }),
    );
  });
});
