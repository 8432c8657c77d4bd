import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { KNOWN_PROFILES, PUBLISHED_EVIDENCE, validateFile } from '@graphdriver/bench';
import type { Capabilities, ProbeReport, Selection } from '@graphdriver/core';
import { mountsUnder, startProcess } from '@graphdriver/host';
import {
  loopFilesystem,
  loopFilesystemReason,
  machineLock,
  privilegeReason,
  requireOrSkip,
} from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { weighEvidence } from '../src/pick/weigh-evidence.ts';
import { resultSchemas } from '../src/result-schemas.ts';
import { commandLine, program, runProgram } from './command-line.ts';

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
const evidence = { ...PUBLISHED_EVIDENCE, targets };
const request = { profile, evidence, origin: 'published' as const, allowFullCopy: false };
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
    // A description is no result.
    expect((await line.run('pick', '--from', file)).code).toBe(1);
  });
});

const tiny = {
  ...profile,
  image: { files: 4, size: 4000, layers: 2 },
  containers: 3,
  firstWrites: [{ count: 2, size: 1000, directories: 1 }],
  laterWrites: [{ count: 5, size: 1000, directories: 1 }],
};
const reason = requireOrSkip('overlay2', privilegeReason());
const why = reason === null ? '' : ` (${reason})`;
const btrfs = await loopFilesystemReason('btrfs');

const weighed = z.object({
  driver: z.string(),
  evidence: z.object({
    source: z.object({ origin: z.string() }),
    costs: z.array(z.object({ driver: z.string(), here: z.boolean() })),
    unmeasured: z.array(z.string()),
  }),
});

describe('graphdriver pick --measure', () => {
  it.skipIf(reason !== null)(
    `measures all that work, keeps the result for --from, and leaves no root${why}`,
    async () => {
      await using _lock = await machineLock();
      await using line = await commandLine();
      const root = join(line.root, 'not/yet');
      const [file, out] = [join(line.root, 'work.json'), join(line.root, 'costs.json')];
      await writeFile(file, JSON.stringify(tiny));
      const measured = await runProgram([
        '--root',
        root,
        '--json',
        'pick',
        '--measure',
        '--workload',
        file,
        '--out',
        out,
      ]);
      expect(measured.code).toBe(0);
      const found: unknown = JSON.parse(measured.stdout);
      expect(resultSchemas['pick --workload']?.safeParse(found).data).toEqual(found);
      const { evidence, driver } = weighed.parse(found);
      expect(evidence.source.origin).toBe('measured');
      expect(evidence.unmeasured).toEqual([]);
      expect(evidence.costs.map((cost) => cost.driver)).toEqual(expect.arrayContaining(['overlay2', 'vfs']));
      expect(evidence.costs.every(({ here }) => here)).toBe(true);
      expect((await readdir(line.root)).toSorted()).toEqual(['costs.json', 'work.json']);
      expect(await validateFile(out)).toMatchObject({ valid: true, format: 'graphdriver-bench' });

      const again = await runProgram(['--root', root, '--json', 'pick', '--from', out, '--workload', file]);
      expect(weighed.parse(JSON.parse(again.stdout))).toEqual({
        driver,
        evidence: { ...evidence, source: { origin: 'file' } },
      });
      const all: unknown = JSON.parse((await runProgram(['--root', root, '--json', 'pick', '--from', out])).stdout);
      expect(resultSchemas['pick --measure']?.safeParse(all).data).toEqual(all);
      const { stdout } = await runProgram(['--root', root, 'pick', '--from', out]);
      for (const { name } of KNOWN_PROFILES) expect(stdout).toContain(name);
    },
  );

  it.skipIf(btrfs !== null)(
    `measures on the file system of the root, with the settings that were given${btrfs === null ? '' : ` (${btrfs})`}`,
    async () => {
      await using _lock = await machineLock();
      await using place = await loopFilesystem({ type: 'btrfs', size: 512 * 1024 ** 2 });
      await using line = await commandLine();
      const file = join(line.root, 'work.json');
      await writeFile(file, JSON.stringify(tiny));
      const settings = ['--driver-opt', 'overlay2.redirect_dir=on'];
      const args = ['--root', place.path, ...settings, 'pick', '--measure', '--workload', file, '--explain'];
      const { code, stdout } = await runProgram(args);
      expect(code).toBe(0);
      expect(stdout).toContain('measured here');
      for (const target of ['overlay2 redirect_dir=on on btrfs', 'btrfs on btrfs']) expect(stdout).toContain(target);
      expect(await readdir(place.path)).toEqual([]);
    },
  );

  it.skipIf(reason !== null).each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('leaves nothing behind by %s', async (signal, code) => {
    await using _lock = await machineLock();
    await using line = await commandLine();
    const args = [program, '--root', line.root, 'pick', '--measure', '--workload', 'build'];
    const started = startProcess(process.execPath, args, { stdout: 'ignore', stderr: 'ignore' });
    const until = async (isSo: () => boolean): Promise<void> => {
      // Asked once a try: a mount that was there may be gone again at once.
      for (let tries = 0; tries < 600; tries += 1) {
        if (isSo()) return;
        await setTimeout(50);
      }
      expect.fail('It never was so.');
    };
    try {
      // Not those of a probe, which comes before.
      await until(() => mountsUnder(line.root).some(({ mountPoint }) => mountPoint.includes('/graphdriver-bench-')));
      process.kill(started.pid ?? expect.fail('It runs.'), signal);
      expect((await started.ended).exitCode).toBe(code);
    } finally {
      started.kill('SIGKILL');
      await started.ended;
    }
    await until(() => !existsSync(line.root) || mountsUnder(line.root).length === 0);
    for (let tries = 0; tries < 600 && (await readdir(line.root)).length > 0; tries += 1) await setTimeout(50);
    expect(await readdir(line.root)).toEqual([]);
  });

  it('takes two sources, or an --out of nothing, for wrong usage', async () => {
    await using line = await commandLine();
    expect((await line.run('pick', '--measure', '--from', 'file')).code).toBe(2);
    expect((await line.run('pick', '--out', 'file')).code).toBe(2);
  });
});
