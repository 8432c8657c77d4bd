import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../src/file-system.ts';
import { checkSessionOptions, encodeInit, has, negotiate, type Offer } from '../src/negotiate.ts';
import { INIT_FLAGS, type InitFlag } from '../src/protocol.ts';
import { Reply } from '../src/reply.ts';

const everything = Object.values(INIT_FLAGS).reduce((sum, bit) => sum + bit, 0);
const offer: Offer = { major: 7, minor: 45, maxReadahead: 131_072, flags: everything };
const complete: FileSystem = {
  open: () => ({ handle: 0 }),
  opendir: () => ({ handle: 0 }),
  setlk: () => undefined,
  readdirplus: () => undefined,
};

function flagsOf(flags: number): InitFlag[] {
  return (Object.keys(INIT_FLAGS) as InitFlag[]).filter((name) => has(flags, name)); // INIT_FLAGS has no other keys.
}

describe('negotiation', () => {
  it('nothing is agreed on that the kernel did not offer', () => {
    const { flags, stackDepth } = negotiate({ ...offer, flags: 0 }, complete, { features: { passthrough: 1 } });
    expect([flags, stackDepth]).toEqual([0, 0]);
  });

  it('the usual is asked for, and what has a price only when it is wanted', () => {
    const usual = flagsOf(negotiate(offer, complete, {}).flags);
    expect(usual).toEqual(
      expect.arrayContaining(['READDIRPLUS_AUTO', 'CACHE_SYMLINKS', 'PARALLEL_DIROPS', 'MAX_PAGES']),
    );
    const dear = [
      'WRITEBACK_CACHE',
      'PASSTHROUGH',
      'POSIX_ACL',
      'HANDLE_KILLPRIV_V2',
      'FLOCK_LOCKS',
      'NO_OPEN_SUPPORT',
    ];
    expect(usual.filter((name) => dear.includes(name))).toEqual([]);
  });

  it.each([
    [{ posixAcl: true }, ['POSIX_ACL', 'SETXATTR_EXT']],
    [{ killPrivileges: true }, ['HANDLE_KILLPRIV_V2']],
    [{ passthrough: 2 }, ['PASSTHROUGH']],
    [{ writeback: true }, ['WRITEBACK_CACHE']],
    [{ remoteFlock: true }, ['FLOCK_LOCKS', 'POSIX_LOCKS']],
    [{ explicitInvalidation: true }, ['EXPLICIT_INVAL_DATA']],
    [{ idMap: true }, ['ALLOW_IDMAP']],
  ] as const)('%o brings %o', (features, expected) => {
    expect(flagsOf(negotiate(offer, complete, { features }).flags)).toEqual(expect.arrayContaining([...expected]));
  });

  it('methods that are missing are told of', () => {
    const flags = flagsOf(negotiate(offer, {}, {}).flags);
    expect(flags).toEqual(expect.arrayContaining(['NO_OPEN_SUPPORT', 'NO_OPENDIR_SUPPORT']));
    expect(flags).not.toContain('DO_READDIRPLUS');
    expect(flags).not.toContain('POSIX_LOCKS');
  });

  it('an older kernel sets the version, one older than Linux 5.4 is refused', () => {
    expect(negotiate({ ...offer, minor: 31 }, complete, {}).minor).toBe(31);
    expect(negotiate({ ...offer, minor: 99 }, complete, {}).minor).toBe(45);
    expect(() => negotiate({ ...offer, minor: 30 }, complete, {})).toThrow(
      expect.objectContaining({ reason: 'version', errno: -71 }),
    );
  });

  it('what is agreed on is written where the kernel reads it', () => {
    const options = {
      maxWrite: 65_536,
      maxBackground: 10,
      timeGranularity: 1000,
      requestTimeout: 9,
      features: { passthrough: 1 },
    } as const;
    const reply = new Reply(4096);
    const agreed = negotiate(offer, complete, options);
    expect(encodeInit(reply, offer, agreed, options)).toBe(80);
    const { payload } = reply;
    const words = [0, 4, 8, 20, 24, 36].map((offset) => payload.readUInt32LE(offset));
    expect(words).toEqual([7, 45, 131_072, 65_536, 1000, 1]);
    const halves = [16, 18, 28, 40].map((offset) => payload.readUInt16LE(offset));
    expect(halves).toEqual([10, 7, 16, 9]);
    const flags = payload.readUInt32LE(12) + payload.readUInt32LE(32) * 2 ** 32;
    expect(flags).toBe(agreed.flags + INIT_FLAGS.REQUEST_TIMEOUT);
  });

  it.each([
    { features: { passthrough: 1, writeback: true } },
    { features: { explicitInvalidation: true, autoInvalidate: true } },
    { maxWrite: 1000 },
    { maxWrite: 2 << 20 },
  ] as const)('%o is refused', (options) => {
    expect(() => checkSessionOptions(options)).toThrow(TypeError);
  });
});
