import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseResult } from '../../src/result-file.ts';
import { type EvidenceTarget, evidenceOf, type WorkloadOperation } from '../../src/workload-profiles/evidence.ts';
import { KNOWN_PROFILES } from '../../src/workload-profiles/known-profiles.ts';
import { predictWorkload } from '../../src/workload-profiles/predict-workload.ts';
import { PUBLISHED_EVIDENCE } from '../../src/workload-profiles/published-evidence.ts';
import { parseProfile } from '../../src/workload-profiles/read-profile.ts';
import { unmetNeeds } from '../../src/workload-profiles/unmet-needs.ts';
import { turningPoints } from '../../src/workload-profiles/what-would-change.ts';
import type { WorkloadProfile } from '../../src/workload-profiles/workload-profile.ts';
import { CAPABILITIES } from '../result-fixture.ts';

const profile: WorkloadProfile = {
  name: 'mine',
  summary: 'Of ten containers.',
  image: { files: 10, size: 1000, layers: 3 },
  containers: 10,
  firstWrites: [{ count: 2, size: 100, directories: 4 }],
  laterWrites: [{ count: 5, size: 100, directories: 4 }],
  needs: ['hard-links', 'stable-inodes'],
};

/** A target on which an operation costs so much, and a first write a nanosecond more for each byte. */
function target(name: string, costs: Readonly<Record<WorkloadOperation, number>>): EvidenceTarget {
  const models = (['create', 'get', 'first', 'second', 'put', 'remove'] as const).map((operation) => ({
    operation,
    constant: costs[operation],
    coefficients: operation === 'first' ? { size: 1, layers: 10 } : {},
    ranges: operation === 'first' ? { size: [1, 50] as const, layers: [1, 10] as const } : {},
    misfit: 0.25,
    fitness: 'good' as const,
  }));
  return { target: name, driver: name, filesystem: 'ext4', models };
}

const flat = { create: 1000, get: 100, first: 10, second: 1, put: 100, remove: 100 };
const costly = target('costly', { ...flat, create: 5000 });
const quick = target('quick', { ...flat, first: 100 });

describe('the cost of a workload', () => {
  it('is the sum over its containers of their lives and writes', () => {
    const [cost] = predictWorkload(profile, [quick]);
    const first = 100 + 100 + 3 * 10;
    expect(cost?.total).toBe(10 * (1000 + 100 + 100 + 100) + 20 * first + 50 * 1);
    expect(cost?.parts.map(({ operation, count }) => `${count} ${operation}`)).toEqual([
      '10 create',
      '10 get',
      '20 first',
      '50 second',
      '10 put',
      '10 remove',
    ]);
    expect(cost?.parts.reduce((sum, { total }) => sum + total, 0)).toBe(cost?.total);
    expect([cost?.low, cost?.high].map((bound) => bound?.toFixed(3))).toEqual(
      [(cost?.total ?? 0) / 1.25, (cost?.total ?? 0) * 1.25].map((bound) => bound.toFixed(3)),
    );
  });

  it('says in which terms it is a guess', () => {
    const [cost] = predictWorkload(profile, [quick]);
    expect(cost?.parts.find(({ operation }) => operation === 'first')?.beyond).toEqual(['size']);
  });

  it('is told the cheapest first', () => {
    expect(predictWorkload(profile, [costly, quick]).map(({ target: name }) => name)).toEqual(['quick', 'costly']);
  });
});

describe('what would change the answer', () => {
  it('is the number of operations at which another target costs the same', () => {
    const [best, other] = predictWorkload(profile, [costly, quick]);
    if (best === undefined || other === undefined) expect.fail('Both have costs.');
    const points = turningPoints(best, [other]);
    expect(points.map(({ part }) => part.operation)).toEqual(['first']);
    const { times = 0 } = points[0] ?? {};
    const more = profile.firstWrites.map((writes) => ({ ...writes, count: writes.count * times }));
    const [one, two] = predictWorkload({ ...profile, firstWrites: more }, [costly, quick]);
    expect(one?.total).toBeCloseTo(two?.total ?? 0, 3);
  });

  it('is nothing where the other is dearer in all', () => {
    const [best] = predictWorkload(profile, [quick]);
    const [other] = predictWorkload(profile, [target('dear', { ...flat, create: 9000, first: 9000 })]);
    if (best === undefined || other === undefined) expect.fail('Both have costs.');
    expect(turningPoints(best, [other]).every(({ times }) => times > 0)).toBe(true);
    expect(turningPoints(best, [{ ...other, parts: best.parts }])).toEqual([]);
  });
});

describe('needs', () => {
  it('are unmet where a capability is missing', () => {
    const given = { ...CAPABILITIES, keepsHardLinks: false, stableInodes: true };
    expect(unmetNeeds(profile, given).map(({ need }) => need)).toEqual(['hard-links']);
    expect(unmetNeeds(profile, { ...given, keepsHardLinks: true })).toEqual([]);
  });
});

describe('a file that describes a workload', () => {
  const parsed = (changed: object): unknown => parseProfile(JSON.stringify({ ...profile, ...changed }), 'it.json');

  it('gives what it says', () => {
    expect(parsed({})).toEqual(profile);
  });

  it.each(KNOWN_PROFILES)('could be that of $name', (known) => {
    expect(parseProfile(JSON.stringify(known), 'it.json')).toEqual(known);
  });

  it.each([
    [{ containers: 0 }, 'containers'],
    [{ containers: 1.5 }, 'containers'],
    [{ containers: 1e300 }, 'containers'],
    [{ containers: '10' }, 'containers'],
    [{ image: { files: 10, size: -1, layers: 3 } }, 'image.size'],
    [{ image: { files: 10, size: 1000 } }, 'layers'],
    [{ image: [] }, 'image'],
    [{ firstWrites: [{ count: 1, size: 1, directories: 1 }, null] }, 'firstWrites[1]'],
    [{ firstWrites: [{ count: 1, size: 1, directories: 1, depth: 1 }] }, 'firstWrites[0]'],
    [{ firstWrites: [{ count: 11, size: 1, directories: 1 }] }, 'image.files'],
    [{ firstWrites: [{ count: 1, size: 1001, directories: 1 }] }, 'image.size'],
    [{ laterWrites: Array.from({ length: 1001 }, () => 1) }, 'laterWrites'],
    [{ needs: ['speed'] }, 'needs[0]'],
    [{ name: 'two\nlines' }, 'name'],
    [{ summary: '\u001b[2J' }, 'summary'],
    [{ toString: 1 }, 'toString'],
  ])('is refused with the place: %j', (changed, place) => {
    expect(() => parsed(changed)).toThrow(TypeError);
    expect(() => parsed(changed)).toThrow(place);
  });

  it.each(['', 'null', '[]', '{', '{"__proto__": 1}'])('is refused where it is %j', (text) => {
    expect(() => parseProfile(text, 'it.json')).toThrow(TypeError);
  });
});

describe('the published evidence', () => {
  it('is what the published grid says', { timeout: 120_000 }, () => {
    const file = new URL('../../../docs/benchmarks/results/grid.json', import.meta.url);
    const grid = parseResult(readFileSync(file, 'utf8'), 'grid.json');
    // One target of them, because each takes its time to fit.
    const [target] = grid.targets;
    const some = evidenceOf({ ...grid, targets: target === undefined ? [] : [target] });
    expect(some.targets).toHaveLength(1);
    expect({ ...PUBLISHED_EVIDENCE, targets: PUBLISHED_EVIDENCE.targets.slice(0, 1) }).toEqual(some);
  });

  it('is what the published run with other programs says of a driver that the grid lacks', { timeout: 120_000 }, () => {
    const file = new URL('../../../docs/benchmarks/results/one-run.json', import.meta.url);
    const run = parseResult(readFileSync(file, 'utf8'), 'one-run.json');
    const last = PUBLISHED_EVIDENCE.targets.at(-1);
    const target = run.targets.find(({ label }) => label === last?.target);
    const some = evidenceOf({ ...run, targets: target === undefined ? [] : [target] });
    expect(some.targets).toEqual([last]);
  });
});
