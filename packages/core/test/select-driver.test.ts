import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Capabilities,
  type DriverModule,
  isStorageError,
  type ProbeReport,
  REMOVED_DRIVERS,
  selectDriver,
} from '../src/index.ts';

const capabilities: Capabilities = {
  copyOnWrite: 'file',
  maxDepth: 500,
  nativeDiff: true,
  quota: null,
  idMap: 'none',
  forks: false,
  mountLabel: false,
  timestampGranularity: 1,
  renameLowerDirectory: false,
  stableInodes: true,
  keepsHardLinks: false,
  sharesOpenFiles: false,
  readOnlyViews: true,
  volatile: true,
  portableMounts: true,
  sharedRoot: true,
  persistent: true,
};

interface Plan {
  readonly usable: boolean;
  readonly priorState?: boolean;
  readonly copies?: boolean;
  readonly failedCheck?: string;
}

function candidate(name: string, plan: Plan): DriverModule {
  const report = (): ProbeReport => ({
    driver: name,
    usable: plan.usable,
    checks: [
      {
        check: plan.failedCheck ?? 'mount',
        passed: plan.usable,
        required: true,
        why: `${name} was tried.`,
        remedy: `Mend ${name}.`,
      },
    ],
    filesystem: 'ext4',
    priorState: plan.priorState ?? false,
    capabilities: plan.usable ? { ...capabilities, copyOnWrite: plan.copies === true ? 'none' : 'file' } : null,
  });
  return { name, summary: name, probe: async () => report(), open: () => Promise.reject(new Error('not opened here')) };
}

describe('selectDriver', () => {
  it('takes the first candidate that works', async () => {
    const chosen = await selectDriver([candidate('first', { usable: false }), candidate('second', { usable: true })], {
      root: '/r',
    });
    expect([chosen.driver.name, chosen.rule]).toEqual(['second', 'first-usable']);
    expect(chosen.reports.map((report) => report.driver)).toEqual(['first', 'second']);
  });

  it('prefers the driver whose layers are there already over a better one', async () => {
    const chosen = await selectDriver(
      [candidate('better', { usable: true }), candidate('older', { usable: true, priorState: true })],
      {
        root: '/r',
      },
    );
    expect([chosen.driver.name, chosen.rule]).toEqual(['older', 'prior-state']);
  });

  it('keeps to prior layers of a driver that copies in full', async () => {
    const prior = candidate('copier', { usable: true, priorState: true, copies: true });
    const chosen = await selectDriver([candidate('better', { usable: true }), prior], { root: '/r' });
    expect(chosen.driver.name).toBe('copier');
  });

  it('refuses to hide prior layers whose driver no longer works', async () => {
    const request = selectDriver(
      [
        candidate('better', { usable: true }),
        candidate('broken', { usable: false, priorState: true, failedCheck: 'filesystem' }),
      ],
      { root: '/r' },
    );
    await expect(request).rejects.toMatchObject({ code: 'UNSUITABLE_FILESYSTEM' });
  });

  it('leaves the choice between several priors to a person', async () => {
    const prior = { usable: true, priorState: true };
    await expect(selectDriver([candidate('a', prior), candidate('b', prior)], { root: '/r' })).rejects.toMatchObject({
      code: 'CORRUPT_ROOT',
    });
    const chosen = await selectDriver([candidate('a', prior), candidate('b', prior)], { root: '/r', driver: 'b' });
    expect([chosen.driver.name, chosen.rule]).toEqual(['b', 'requested']);
  });

  it('never falls silently to a driver that copies every layer in full', async () => {
    const drivers = [candidate('sharing', { usable: false }), candidate('copier', { usable: true, copies: true })];
    await expect(selectDriver(drivers, { root: '/r' })).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING' });
    const chosen = await selectDriver(drivers, { root: '/r', allowFullCopy: true });
    expect([chosen.driver.name, chosen.rule]).toEqual(['copier', 'full-copy-allowed']);
  });

  it('never replaces a driver that was asked for', async () => {
    const drivers = [
      candidate('wanted', { usable: false, failedCheck: 'privileges' }),
      candidate('other', { usable: true }),
    ];
    await expect(selectDriver(drivers, { root: '/r', driver: 'wanted' })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it.each(Object.keys(REMOVED_DRIVERS))('explains the way over from the removed driver %s', async (name) => {
    const error = await selectDriver([candidate('only', { usable: true })], { root: '/r', driver: name }).catch(
      (caught: unknown) => caught,
    );
    expect(isStorageError(error, 'UNSUPPORTED') && error.hint).toBe(REMOVED_DRIVERS[name]);
  });

  it('looks a removed name up as a name and not as a property of objects', async () => {
    const request = selectDriver([candidate('only', { usable: true })], { root: '/r', driver: 'constructor' });
    await expect(request).rejects.toMatchObject({ code: 'UNSUPPORTED', hint: 'Choose one of only.' });
  });

  it('gives each driver a directory of its own name under the root', async () => {
    const asked: string[] = [];
    const spy: DriverModule = {
      ...candidate('spy', { usable: true }),
      probe: async ({ root }) => {
        asked.push(root);
        return candidate('spy', { usable: true }).probe({ root });
      },
    };
    await selectDriver([spy], { root: '/r//' });
    expect(asked).toEqual(['/r/spy']);
  });

  it('chooses a usable driver or throws, whatever the candidates', async () => {
    const plan = fc.record({ usable: fc.boolean(), priorState: fc.boolean(), copies: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 5 }), fc.boolean(), async (plans, allowFullCopy) => {
        const drivers = plans.map((each, index) => candidate(`d${index}`, each));
        const chosen = await selectDriver(drivers, { root: '/r', allowFullCopy }).catch((error: unknown) => error);
        if (isStorageError(chosen)) return;
        const { driver, reports } = chosen as Awaited<ReturnType<typeof selectDriver>>; // Anything else fails the line below.
        expect(reports.find((report) => report.driver === driver.name)?.usable).toBe(true);
      }),
    );
  });
});
