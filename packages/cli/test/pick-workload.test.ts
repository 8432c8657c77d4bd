import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KNOWN_PROFILES, PUBLISHED_EVIDENCE } from '@graphdriver/bench';
import type { Capabilities, ProbeReport, Selection } from '@graphdriver/core';
import { describe, expect, it } from 'vitest';
import { weighEvidence } from '../src/pick/weigh-evidence.ts';
import { resultSchemas } from '../src/result-schemas.ts';
import { commandLine } from './command-line.ts';

function report(driver: string, copyOnWrite: Capabilities['copyOnWrite'], filesystem = 'ext4'): ProbeReport {
  // Nothing else of what a driver can do is looked at where the work needs nothing.
  const capabilities = { copyOnWrite } as Capabilities;
  return { driver, usable: true, checks: [], filesystem, priorState: false, capabilities };
}

function selection(rule: Selection['rule'], reports: readonly ProbeReport[]): Selection {
  const driver = { name: reports[0]?.driver ?? '', summary: '', probe: () => expect.fail(), open: () => expect.fail() };
  return { driver, rule, reason: '', reports };
}

const profile = { ...(KNOWN_PROFILES[0] ?? expect.fail('There are profiles.')), needs: [] };
const model = { coefficients: {}, ranges: {}, misfit: 0.1, fitness: 'good' as const };
const operations = ['create', 'get', 'first', 'second', 'put', 'remove'] as const;
const targets = Object.entries({ slow: 3000, quick: 1000, copier: 10 }).map(([driver, constant]) => ({
  target: `${driver} on ext4`,
  driver,
  filesystem: 'ext4',
  models: operations.map((operation) => ({ operation, constant, ...model })),
}));
const request = { profile, evidence: { ...PUBLISHED_EVIDENCE, targets }, allowFullCopy: false };
const reports = [report('slow', 'file'), report('quick', 'block'), report('copier', 'none')];

describe('evidence beside the rules', () => {
  it('prevails where the rules only prefer', () => {
    const found = weighEvidence(selection('first-usable', reports), request);
    expect(found).toMatchObject({ driver: 'quick', cheapest: 'quick', agrees: false });
    expect(found.costs.map(({ driver }) => driver)).toEqual(['copier', 'quick', 'slow']);
  });

  it.each(['requested', 'prior-state'] as const)('does not prevail where the rule is %s, and says so', (rule) => {
    const found = weighEvidence(selection(rule, reports), request);
    expect(found).toMatchObject({ driver: 'slow', cheapest: 'quick', agrees: false });
  });

  it('takes a driver that copies in full only where that is allowed', () => {
    const allowed = { ...request, allowFullCopy: true };
    expect(weighEvidence(selection('first-usable', reports), allowed).driver).toBe('copier');
    const changes = weighEvidence(selection('first-usable', reports), request).changes;
    expect(changes.some((change) => change.includes('copier on ext4'))).toBe(true);
  });

  it('weighs a driver that copies in full where it was asked for', () => {
    const found = weighEvidence(selection('requested', [report('copier', 'none'), ...reports.slice(0, 2)]), request);
    expect(found).toMatchObject({ driver: 'copier', cheapest: 'copier', agrees: true });
  });

  it('tells of what was measured elsewhere, and of what was not measured', () => {
    const others = [report('slow', 'file', 'xfs'), report('unknown', 'file', 'xfs')];
    const found = weighEvidence(selection('first-usable', others), request);
    expect(found.costs.map(({ driver, here }) => [driver, here])).toEqual([['slow', false]]);
    expect(found.unmeasured).toEqual(['unknown']);
  });

  it('leaves the choice to the rules where nothing was measured', () => {
    const found = weighEvidence(selection('first-usable', [report('unknown', 'file')]), request);
    expect(found).toMatchObject({ driver: 'unknown', cheapest: null, agrees: null });
  });
});

describe('graphdriver pick --workload', () => {
  it.each(KNOWN_PROFILES)('answers for $name what the schema says', async ({ name }) => {
    await using line = await commandLine();
    const found = await line.json('pick', '--workload', name);
    expect(resultSchemas['pick --workload']?.safeParse(found).data).toEqual(found);
  });

  it('shows the sums and what would change the answer', async () => {
    await using line = await commandLine();
    const { stdout } = await line.run('pick', '--workload', 'build', '--explain');
    for (const word of ['By the rules', 'By evidence', 'COUNT', 'What would change', 'PASSED'])
      expect(stdout).toContain(word);
  });

  it('reads a description that keeps to its schema, and ends with 2 for one that does not', async () => {
    await using line = await commandLine();
    const file = join(line.root, 'work.json');
    await writeFile(file, JSON.stringify(profile));
    expect(resultSchemas['workload']?.safeParse(profile).data).toEqual(profile);
    expect((await line.run('pick', '--workload', file)).code).toBe(0);
    await writeFile(file, JSON.stringify({ ...profile, containers: -1 }));
    const refused = await line.run('pick', '--workload', file);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('containers');
    expect((await line.run('pick', '--workload', 'no-such-work')).code).toBe(2);
    expect((await line.run('pick', '--workload', '/dev/zero')).code).toBe(2);
    expect((await line.run('pick', '--from', file)).code).toBe(2);
  });
});
