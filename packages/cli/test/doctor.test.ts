import type { Capabilities, ProbeReport } from '@graphdriver/core';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../src/doctor/diagnose.ts';
import type { BooksFacts, DoctorFacts, Ground, KernelFacts, LeftoverFacts } from '../src/doctor/facts.ts';
import { renderFindings } from '../src/doctor/render-findings.ts';

const MIB = 1024 ** 2;

const kernel: KernelFacts = {
  release: '6.18.0',
  overlay: { index: 'N' },
  fuse: { max_pages_limit: '256', max_request_timeout: '0' },
  userNamespaces: { 'user.max_user_namespaces': '1000' },
  mountMax: 1000,
  mounts: 20,
};
const ground: Ground = {
  directory: '/root-of-layers',
  silence: null,
  filesystem: 'xfs',
  space: { free: 50_000 * MIB, total: 100_000 * MIB },
  inodes: { free: 1e6, total: 2e6 },
  entryTypes: true,
  mountPoint: '/',
  mountOptions: ['rw', 'relatime'],
};
const leftovers: LeftoverFacts = { books: [], mounts: [], fuse: [], loops: [], trials: [] };
const well: DoctorFacts = {
  root: '/root-of-layers',
  requested: null,
  kernel,
  ground,
  reports: [report('one')],
  tools: { systemCalls: true, mountWith: 'auto', missing: [] },
  leftovers,
};

function report(driver: string, given: Partial<ProbeReport> = {}): ProbeReport {
  // The doctor looks at nothing else of what a driver can do.
  const capabilities = { copyOnWrite: 'file' } as Capabilities;
  return { driver, usable: true, checks: [], filesystem: 'xfs', priorState: false, capabilities, ...given };
}

const broken = { check: 'filesystem', passed: false, required: true, why: 'No.', remedy: 'Another.' };
const unusable = { usable: false, capabilities: null, checks: [broken] };

/** What is not fine, as `group/check severity`. */
function complaints(facts: Partial<DoctorFacts>): readonly string[] {
  return diagnose({ ...well, ...facts })
    .filter(({ severity }) => severity !== 'fine')
    .map(({ group, check, severity }) => `${group}/${check} ${severity}`);
}

function books(given: Partial<BooksFacts['examination']>): BooksFacts {
  const rest = { driver: 'one', unreadable: null, rebooted: false, interrupted: [], ended: [], held: [], idle: [] };
  return { path: '/root-of-layers/one', name: 'one', examination: { ...rest, ...given } };
}

function onLeftovers(given: Partial<LeftoverFacts>): readonly string[] {
  return complaints({ leftovers: { ...leftovers, ...given } });
}

describe('the doctor', () => {
  it('has nothing to say against a host that is well', () => {
    expect(complaints({})).toEqual([]);
    expect(renderFindings(diagnose(well))).toContain('All is well.');
  });

  it('gives a remedy with everything that is not fine', () => {
    const bad: DoctorFacts = {
      ...well,
      kernel: { ...kernel, mounts: 990, fuse: { default_request_timeout: '5', max_pages_limit: '32' } },
      ground: { ...ground, filesystem: 'nfs', space: { free: 0, total: 1 }, mountOptions: ['ro', 'noexec'] },
      reports: [report('one', unusable), report('two', { priorState: true }), report('three', { priorState: true })],
      tools: { systemCalls: false, mountWith: 'auto', missing: ['mount', 'umount', 'btrfs', 'zfs', 'zpool', 'zstd'] },
    };
    const found = diagnose(bad).filter(({ severity }) => severity !== 'fine');
    expect(found.length).toBeGreaterThan(10);
    for (const { check, remedy } of found) expect(remedy, check).toEqual(expect.stringMatching(/\.$/));
  });
});

describe('of the kernel', () => {
  it.each([
    [{ mounts: 500 }, ['kernel/mount-max advice']],
    [{ mounts: 950 }, ['kernel/mount-max problem']],
    [{ mountMax: null, mounts: 1e6 }, []],
    [{ fuse: { default_request_timeout: '30' } }, ['kernel/fuse-request-timeout advice']],
    [{ fuse: { max_pages_limit: '32' } }, ['kernel/fuse-pages advice']],
    [{ fuse: null, overlay: null }, []],
  ] as const)('%j is told as %j', (given, expected) => {
    expect(complaints({ kernel: { ...kernel, ...given } })).toEqual(expected);
  });

  it('tells of the shortest of two timeouts', () => {
    const fuse = { default_request_timeout: '30', max_request_timeout: '10' };
    const found = diagnose({ ...well, kernel: { ...kernel, fuse } });
    expect(found.find(({ check }) => check === 'fuse-request-timeout')?.remedy).toContain('max_request_timeout');
  });

  it('tells of user namespaces only to who lacks rights', () => {
    const bounded = { ...kernel, userNamespaces: { 'user.max_user_namespaces': '0' } };
    expect(complaints({ kernel: bounded })).toEqual([]);
    const lacking = report('one', { ...unusable, checks: [{ ...broken, check: 'privileges' }] });
    expect(complaints({ kernel: bounded, reports: [lacking] })).toContain('kernel/user-namespaces advice');
  });
});

describe('of the file system', () => {
  it.each([
    [{ filesystem: 'overlay' }, ['filesystem/type advice']],
    [{ filesystem: 'nfs' }, ['filesystem/type problem']],
    [{ filesystem: 'tmpfs' }, ['filesystem/type advice']],
    [{ mountOptions: ['ro'] }, ['filesystem/read-only problem']],
    [{ mountOptions: ['rw', 'nosuid', 'nodev'] }, ['filesystem/mount-options advice']],
    [{ space: { free: 10 * MIB, total: 20 * MIB } }, ['filesystem/free-space problem']],
    [{ space: { free: 1000 * MIB, total: 1500 * MIB } }, []],
    [{ space: { free: 1000 * MIB, total: 90_000 * MIB } }, ['filesystem/free-space advice']],
    [{ inodes: { free: 10, total: 1e6 } }, ['filesystem/free-inodes problem']],
    [{ inodes: { free: 0, total: 0 } }, []],
    [{ inodes: { free: 20_000, total: 1e6 } }, ['filesystem/free-inodes advice']],
    [{ entryTypes: false }, ['filesystem/d_type advice']],
    [{ entryTypes: null }, []],
    [{ silence: 'ENOTCONN' }, ['filesystem/answers problem']],
  ] as const)('%j is told as %j', (given, expected) => {
    expect(complaints({ ground: { ...ground, ...given } })).toEqual(expected);
  });
});

describe('of drivers', () => {
  it('does not complain of one that does not work where another does', () => {
    expect(complaints({ reports: [report('one', unusable), report('two')] })).toEqual([]);
  });

  it('complains where none works, where the one does not that was asked for, and where layers cannot be reached', () => {
    const told = ['drivers/works problem'];
    expect(complaints({ reports: [report('one', unusable)] })).toEqual(told);
    expect(complaints({ reports: [report('one', unusable), report('two')], requested: 'one' })).toEqual(told);
    expect(complaints({ reports: [report('one', { ...unusable, priorState: true }), report('two')] })).toEqual(told);
  });

  it('advises where nothing but full copies is left', () => {
    const capabilities = { copyOnWrite: 'none' } as Capabilities; // As above.
    expect(complaints({ reports: [report('one', { capabilities })] })).toEqual(['drivers/copy-on-write advice']);
  });

  it('advises to name a driver where several have layers, unless one was named', () => {
    const reports = [report('one', { priorState: true }), report('two', { priorState: true })];
    expect(complaints({ reports })).toEqual(['drivers/several-drivers advice']);
    expect(complaints({ reports, requested: 'one' })).toEqual([]);
  });

  it.each(['volatile', 'reflink'])('tells of the optional check %s once for all drivers that fail it', (name) => {
    const checks = [{ ...broken, check: name, required: false }];
    const reports = [report('one', { checks }), report('two', { checks })];
    const found = diagnose({ ...well, reports }).filter(({ check }) => check === name);
    expect(found).toMatchObject([{ severity: 'advice', drivers: ['one', 'two'] }]);
  });

  it('tells of shared blocks among what there is to say of the file system, also where all is well', () => {
    const checks = [{ ...broken, check: 'reflink', required: false, passed: true }];
    const found = diagnose({ ...well, reports: [report('one', { checks })] }).filter(
      ({ check }) => check === 'reflink',
    );
    expect(found).toMatchObject([{ group: 'filesystem', severity: 'fine', remedy: null }]);
  });
});

describe('of tools', () => {
  it.each([
    ['xfs', { missing: ['btrfs', 'zfs', 'zpool', 'mount'] }, []],
    ['zfs', { missing: ['zfs'] }, ['tools/zfs problem']],
    ['xfs', { missing: ['zstd'] }, ['tools/zstd advice']],
    ['xfs', { missing: ['mount'], mountWith: 'command' }, ['tools/mount problem']],
    ['btrfs', { missing: ['btrfs'], systemCalls: false }, ['tools/koffi problem', 'tools/btrfs problem']],
  ] as const)('on %s %j is told as %j', (filesystem, given, expected) => {
    const tools = { ...well.tools, ...given };
    expect(complaints({ tools, ground: { ...ground, filesystem } })).toEqual(expected);
  });
});

describe('of leftovers', () => {
  it('tells what healing would find, with the command that heals', () => {
    const left = books({
      interrupted: ['half'],
      ended: [{ id: 'web', pid: 7 }],
      idle: ['web', 'half'],
      rebooted: true,
    });
    const facts = { ...well, root: "/root's", leftovers: { ...leftovers, books: [left] } };
    const found = diagnose(facts).filter(({ severity }) => severity === 'advice');
    expect(found.map(({ check }) => check)).toEqual(['half-layers', 'ended-holds']);
    for (const { remedy } of found)
      expect(remedy).toContain(`graphdriver --root '/root'\\''s' --driver one layer list`);
  });

  it('tells mounts of layers that nobody holds from those that somebody does', () => {
    const idle = books({ idle: ['mnt', 'idle'], held: ['web'] });
    const at = (path: string): string => `/root-of-layers/one/${path}`;
    expect(onLeftovers({ books: [idle], mounts: [at('mnt/web'), at('.graphdriver/mnt/web.s')] })).toEqual([]);
    expect(onLeftovers({ books: [idle], mounts: [at('subvolumes/other')] })).toEqual([]);
    const told = ['leftovers/stray-mounts advice'];
    expect(onLeftovers({ books: [idle], mounts: [at('idle/merged')] })).toEqual(told);
    expect(onLeftovers({ books: [idle], mounts: [at('.graphdriver/mnt/idle.s')] })).toEqual(told);
  });

  it('leaves to healing the mounts of a layer whose holder has ended', () => {
    const ended = books({ idle: ['web'], ended: [{ id: 'web', pid: 7 }] });
    const told = onLeftovers({ books: [ended], mounts: ['/root-of-layers/one/web/merged'] });
    expect(told).toEqual(['leftovers/ended-holds advice']);
  });

  it('complains of books that cannot be read, or that are another driver’s', () => {
    const told = ['leftovers/books problem'];
    expect(onLeftovers({ books: [books({ driver: null, unreadable: 'Broken.' })] })).toEqual(told);
    expect(onLeftovers({ books: [books({ driver: 'two' })] })).toEqual(told);
  });

  it.each([
    [{ fuse: [{ path: '/a', answer: 'dead' }] }, ['leftovers/dead-fuse problem']],
    [{ fuse: [{ path: '/a', answer: 'silent' }] }, ['leftovers/silent-fuse problem']],
    [{ loops: [{ device: '/dev/loop1', file: '/a', mounted: true }] }, []],
    [{ loops: [{ device: '/dev/loop1', file: '/a', mounted: false }] }, ['leftovers/loop-devices advice']],
    [{ trials: ['/a/.graphdriver-probe-1'] }, ['leftovers/probe-folders advice']],
  ] as const)('%j is told as %j', (given, expected) => {
    expect(onLeftovers(given)).toEqual(expected);
  });

  it('names no more than five of many', () => {
    const interrupted = Array.from({ length: 9 }, (_, number) => `layer-${number}`);
    const found = diagnose({ ...well, leftovers: { ...leftovers, books: [books({ interrupted })] } });
    expect(found.find(({ check }) => check === 'half-layers')?.sentence).toContain('layer-4 and 4 more');
  });
});
