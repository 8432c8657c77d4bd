import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../src/host-facts.ts';
import type { OverlayBehaviour } from '../src/overlay-trial.ts';
import { overlay2Capabilities } from '../src/overlay2-capabilities.ts';
import { refusalOf } from '../src/probe.ts';
import { overlayChecks } from '../src/probe-checks.ts';

const behaviour: OverlayBehaviour = {
  mergesLowers: true,
  copiesUp: true,
  leavesWhiteouts: true,
  hidesWhiteouts: true,
  marksOpaque: true,
  refusesRedirects: true,
  copiesWholeFiles: true,
  keepsNoIndex: true,
  showsOneDevice: true,
  keepsInodes: true,
  sharesOpenFiles: true,
};

const good: HostFacts = {
  filesystem: 'ext4',
  redirects: false,
  userxattr: false,
  missingPrivileges: [],
  roomObstacle: null,
  kernelHasOverlay: true,
  filesystemObstacle: null,
  mountObstacle: null,
  noSpace: null,
  behaviour,
  volatile: true,
  reflink: true,
  projects: 'limits',
  timestampGranularity: 1,
};

function refusalCode(facts: HostFacts): string | undefined {
  return refusalOf(facts, '/root')?.code;
}

describe('what was seen of a host', () => {
  test('a host that did everything is not refused, and every check passes and says why', () => {
    const checks = overlayChecks(good);
    expect(refusalCode(good)).toBeUndefined();
    expect(checks.filter((check) => !check.passed || check.why === '')).toEqual([]);
    expect(checks.map((check) => check.check)).toEqual([
      'overlay',
      'two-lowers',
      'd_type',
      'redirect_dir',
      'native-diff',
      'userxattr',
      'metacopy',
      'index',
      'xino',
      'reflink',
      'volatile',
      'quota',
    ]);
  });

  test('missing privileges come before whatever follows from them', () => {
    expect(refusalCode({ ...good, behaviour: null, missingPrivileges: ['sys_admin', 'mknod'] })).toBe(
      'PERMISSION_DENIED',
    );
  });

  test('a kernel that refuses a trusted attribute in a user namespace is a matter of privileges', () => {
    const facts: HostFacts = { ...good, behaviour: null, filesystemObstacle: { code: 'EPERM', message: 'setxattr' } };
    expect(refusalCode(facts)).toBe('PERMISSION_DENIED');
    expect(overlayChecks(facts).map((check) => check.check)).toEqual(['privileges']);
  });

  test('a file system without trusted attributes is unsuitable', () => {
    const facts: HostFacts = { ...good, behaviour: null, filesystemObstacle: { code: 'ENOTSUP', message: 'setxattr' } };
    expect(refusalCode(facts)).toBe('UNSUITABLE_FILESYSTEM');
  });

  test('a file system that takes trusted attributes and no whiteouts is unsuitable', () => {
    const filesystemObstacle = { code: 'EPERM', message: 'mknod', call: 'mknod' };
    expect(refusalCode({ ...good, behaviour: null, filesystemObstacle })).toBe('UNSUITABLE_FILESYSTEM');
  });

  test('a file system that overlay refuses as an upper is unsuitable', () => {
    const facts: HostFacts = { ...good, behaviour: null, mountObstacle: { code: 'EINVAL', message: 'mount' } };
    expect(refusalCode(facts)).toBe('UNSUITABLE_FILESYSTEM');
  });

  test('a file system without d_type is unsuitable', () => {
    expect(refusalCode({ ...good, behaviour: { ...behaviour, hidesWhiteouts: false } })).toBe('UNSUITABLE_FILESYSTEM');
  });

  test('a kernel without overlay lacks a prerequisite', () => {
    const mountObstacle = { code: 'ENODEV', message: 'mount' };
    expect(refusalCode({ ...good, behaviour: null, kernelHasOverlay: false, mountObstacle })).toBe(
      'PREREQUISITE_MISSING',
    );
  });

  test('a place where no directory can be made is refused', () => {
    const facts: HostFacts = { ...good, behaviour: null, roomObstacle: { code: 'EROFS', message: 'mkdir' } };
    expect(refusalCode(facts)).toBe('PREREQUISITE_MISSING');
  });

  test.each(['copiesUp', 'leavesWhiteouts', 'marksOpaque', 'mergesLowers'] as const)(
    'an overlay without %s is refused',
    (what) => {
      expect(refusalCode({ ...good, behaviour: { ...behaviour, [what]: false } })).toBe('PREREQUISITE_MISSING');
    },
  );

  test.each([
    ['copiesWholeFiles', ['native-diff', 'metacopy']],
    ['refusesRedirects', ['redirect_dir', 'native-diff']],
    ['keepsNoIndex', ['index']],
    ['keepsInodes', ['xino']],
    ['showsOneDevice', ['xino']],
  ] as const)('a host without %s is told so, with a remedy', (what, names) => {
    const failed = overlayChecks({ ...good, behaviour: { ...behaviour, [what]: false } }).filter(
      (check) => !check.passed,
    );
    expect(failed.map((check) => check.check)).toEqual(names);
    expect(failed.every((check) => check.remedy !== undefined)).toBe(true);
  });

  test.each(['copiesWholeFiles', 'refusesRedirects'] as const)(
    'a kernel without %s that cannot be told otherwise works, with naive diffs',
    (what) => {
      const facts = { ...good, behaviour: { ...behaviour, [what]: false } };
      expect(refusalCode(facts)).toBeUndefined();
      expect(overlay2Capabilities(facts)).toMatchObject({
        nativeDiff: false,
        renameLowerDirectory: what === 'refusesRedirects',
      });
    },
  );

  test('a root that is to have redirects is refused where the kernel makes none', () => {
    const wanted = { ...good, redirects: true };
    expect(refusalCode(wanted)).toBe('PREREQUISITE_MISSING');
    expect(refusalCode({ ...wanted, behaviour: { ...behaviour, refusesRedirects: false } })).toBeUndefined();
    const failed = overlayChecks({ ...wanted, userxattr: true }).find(({ check }) => check === 'redirect_dir');
    expect(failed).toMatchObject({ passed: false, required: true, remedy: expect.stringContaining('namespace') });
  });

  test('the promises follow what was seen', () => {
    const facts = {
      ...good,
      volatile: false,
      timestampGranularity: 1_000_000_000,
      behaviour: { ...behaviour, keepsInodes: false, sharesOpenFiles: false },
    };
    expect(overlay2Capabilities(facts)).toMatchObject({
      volatile: false,
      timestampGranularity: 1_000_000_000,
      stableInodes: false,
      sharesOpenFiles: false,
    });
  });
});
