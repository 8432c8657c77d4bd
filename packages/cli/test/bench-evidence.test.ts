import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BenchResult,
  formatResult,
  parseResult,
  readResult,
  readRows,
  type SampleRecord,
} from '@graphdriver/bench';
import { machineLock, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { runProgram } from './command-line.ts';

const committed = fileURLToPath(new URL('../../../docs/benchmarks/results/', import.meta.url));
const fixture = fileURLToPath(new URL('../../../bench/test/charts/fixture/grid.json', import.meta.url));
const reason = requireOrSkip('overlay2', privilegeReason());
const suffix = reason === null ? '' : ` (${reason})`;

/** The schema of a command's result. */
function schemaOf(name: string) {
  return resultSchemas[name] ?? expect.fail(`${name} has a schema.`);
}

/** The result with as many rounds as wanted, each a little different, and all times as many times as long. */
function stretched(result: BenchResult, rounds: number, factor: number): BenchResult {
  const copies = Array.from({ length: rounds }, (_, round) =>
    result.samples.map((sample, index): SampleRecord => {
      const noise = 1 + ((index * 7 + round * 13 + Math.round(factor * 10)) % 11) / 200;
      const times = sample.operation === 'plain' ? noise : factor * noise;
      return { ...sample, round, nanoseconds: Math.round(sample.nanoseconds * times) };
    }),
  );
  const order = copies.flatMap((_, round) => result.targets.map(({ label }) => ({ round, target: label })));
  return { ...result, rounds, samples: copies.flat(), order };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphdriver-cli-evidence-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the schemas of results', () => {
  it('describe every committed file, with nothing left out', async () => {
    const names = (await readdir(committed, { recursive: true })).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      const value: unknown = JSON.parse(await readFile(join(committed, name), 'utf8'));
      const { format } = value as { format: string }; // Every committed file says what it is.
      const commands: Readonly<Record<string, string>> = { 'graphdriver-rows': 'rows', 'graphdriver-picks': 'picks' };
      const schema = schemaOf(`bench ${commands[format] ?? 'run'}`);
      expect(schema.safeParse(value).data, name).toEqual(value);
    }
  });

  it('refuse what the library refuses', async () => {
    const result = await readResult(fixture);
    const [sample, ...samples] = result.samples;
    const damaged = [
      { ...result, version: 1 },
      { ...result, samples: [{ ...sample, nanoseconds: -1 }, ...samples] },
      { ...result, samples: [{ ...sample, operation: 'fly' }, ...samples] },
      { ...result, cases: { ...result.cases, x: { workload: 'fly' } } },
      { ...result, environment: undefined },
      { ...result, startedAt: 'yesterday' },
    ];
    for (const value of damaged) {
      expect(schemaOf('bench run').safeParse(value).success).toBe(false);
      expect(() => parseResult(JSON.stringify(value.version === 1 ? { ...value, targets: 1 } : value), 'it')).toThrow();
    }
  });

  it('describe what the commands print with --json', async () => {
    const grid = join(committed, 'grid.json');
    const printed: readonly (readonly [string, readonly string[]])[] = [
      ['bench show', ['bench', 'show', fixture]],
      ['bench compare', ['bench', 'compare', fixture, fixture]],
      ['bench validate', ['bench', 'validate', fixture, join(committed, 'rows.json')]],
      ['cost', ['cost', grid, '--target', 'overlay2 on ext4', '--under', '10ms']],
      ['cost', ['cost', grid, '--target', 'vfs on ext4', '--operation', 'create', '--under', '1s']],
      ['bench rows', ['bench', 'rows', '--from', join(committed, 'rows.json')]],
      ['bench run --plan', ['bench', 'run', '--plan', '--targets', 'vfs', '--directory', folder]],
    ];
    for (const [name, args] of printed) {
      const value: unknown = JSON.parse((await runProgram([...args, '--json'])).stdout);
      expect(schemaOf(name).safeParse(value).data, args.join(' ')).toEqual(value);
    }
  });
});

describe('graphdriver bench compare', () => {
  const write = async (name: string, rounds: number, factor: number): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, formatResult(stretched(await readResult(fixture), rounds, factor)));
    return file;
  };

  it('ends with 1 for a regression beyond the limit, and with 0 for anything else', async () => {
    const [before, after] = [await write('before.json', 8, 1), await write('after.json', 8, 1.3)];
    const compare = (...args: string[]) => runProgram(['bench', 'compare', ...args]);
    expect((await compare(before, after)).code).toBe(0);
    const failed = await compare(before, after, '--fail-on-regression', '5%');
    expect(failed.code).toBe(1);
    expect(failed.stderr.split('\n').length).toBeGreaterThan(1);
    expect((await compare(before, after, '--fail-on-regression', '50%')).code).toBe(0);
    expect((await compare(after, before, '--fail-on-regression', '5%')).code).toBe(0);
    expect((await compare(before, before, '--fail-on-regression', '5%')).code).toBe(0);
  });

  it('ends with 3 where a gate would rest on too few rounds', async () => {
    const before = await write('before.json', 2, 1);
    const ended = await runProgram(['bench', 'compare', before, before, '--fail-on-regression', '5%', '--json']);
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'PREREQUISITE_MISSING' } });
  });

  it('compares two targets of one file, as text and as Markdown', async () => {
    const { targets } = await readResult(fixture);
    const sides = ['--before', targets[0]?.label ?? '', '--after', targets[1]?.label ?? ''];
    const text = await runProgram(['bench', 'compare', fixture, fixture, ...sides]);
    expect(text.code).toBe(0);
    expect(text.stdout).not.toContain('| --');
    const markdown = await runProgram(['bench', 'compare', fixture, fixture, ...sides, '--markdown', '--all']);
    expect(markdown.stdout).toContain('| --');
    expect(markdown.stdout.length).toBeGreaterThan(text.stdout.length);
  });

  it('takes targets that are not there and limits that are none for wrong usage, and a missing file for not found', async () => {
    const both = ['bench', 'compare', fixture, fixture];
    expect((await runProgram([...both, '--before', 'nothing'])).code).toBe(2);
    expect((await runProgram([...both, '--fail-on-regression', 'much'])).code).toBe(2);
    expect((await runProgram(['bench', 'compare', fixture, join(folder, 'none.json')])).code).toBe(4);
  });
});

describe('graphdriver bench self', () => {
  it.skipIf(reason !== null)(
    `measures a driver beside itself, and prints what it measured before${suffix}`,
    async () => {
      await using _lock = await machineLock();
      const out = join(folder, 'self.json');
      const place = join(folder, 'place');
      const args = ['--directory', place, '--rounds', '2', '--samples', '2', '--out', out];
      const ended = await runProgram(['bench', 'self', ...args]);
      expect(ended).toMatchObject({ code: 0 });
      expect(await readdir(place)).toEqual([]);
      expect((await readResult(out)).targets).toHaveLength(2);
      expect((await runProgram(['bench', 'self', '--from', out])).stdout).toBe(ended.stdout);
      const json: unknown = JSON.parse((await runProgram(['bench', 'self', '--from', out, '--json'])).stdout);
      expect(schemaOf('bench self').safeParse(json).data).toEqual(json);
    },
  );

  it('takes a result of something else for wrong usage', async () => {
    expect((await runProgram(['bench', 'self', '--from', fixture])).code).toBe(2);
  });
});

describe('graphdriver bench validate', () => {
  it('ends with 0 for valid files, with 1 where one is not, and with 4 where one is missing', async () => {
    const bad = join(folder, 'bad.json');
    await writeFile(bad, '{}');
    const good = join(committed, 'grid.json');
    expect((await runProgram(['bench', 'validate', good, join(committed, 'rows.json')])).code).toBe(0);
    const ended = await runProgram(['bench', 'validate', good, bad, '--json']);
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ files: [{ valid: true }, { valid: false, format: null }] });
    expect((await runProgram(['bench', 'validate', join(folder, 'none.json')])).code).toBe(4);
    expect((await readRows(join(committed, 'rows.json'))).complete).toBe(true);
  });
});

describe('graphdriver cost', () => {
  const grid = join(committed, 'grid.json');

  it('says what a first write costs, and up to where it costs less', async () => {
    const shape = ['--size', '100MiB', '--layer', '40', '--directories', '8'];
    const { code, stdout } = await runProgram(['cost', grid, '--driver', 'overlay2', ...shape, '--under', '10ms']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /A first write to a 100 MiB file in layer 40 under 8 directories costs [\d.]+ ms \([\d.]+ to [\d.]+\) here\./,
    );
    expect(stdout).toContain('stay under 10.0 ms up to');
    expect(stdout).not.toContain('vfs');
  });

  it('shows the models and what they miss', async () => {
    const { stdout } = await runProgram(['cost', grid, '--target', 'overlay2 on ext4', '--models', '--markdown']);
    expect(stdout).toContain('| per MiB');
    expect(stdout).toContain('| copy_up/4KiB/layers-1/directories-1/home/warm');
  });

  it('costs more where every layer has the directories, and where caches are cold', async () => {
    const ask = async (...args: string[]): Promise<number> => {
      const ended = await runProgram([
        'cost',
        grid,
        '--target',
        'overlay2 on ext4',
        '--layer',
        '100',
        ...args,
        '--json',
      ]);
      const { answers } = JSON.parse(ended.stdout) as { answers: { cost: { value: number } }[] }; // The schema is tested above.
      return answers[0]?.cost.value ?? Number.NaN;
    };
    const usual = await ask('--directories', '1');
    expect(await ask('--directories', '1', '--placement', 'every')).toBeGreaterThan(usual);
    expect(await ask('--directories', '1', '--cache', 'cold')).toBeGreaterThan(usual);
  });

  it('takes what is no size, time, operation or target for wrong usage, and a missing file for not found', async () => {
    for (const wrong of [
      ['--size', '4 furlongs'],
      ['--under', '10'],
      ['--operation', 'fly'],
      ['--by', 'weight'],
      ['--driver', 'zfs'],
    ]) {
      expect((await runProgram(['cost', grid, ...wrong])).code, wrong.join(' ')).toBe(2);
    }
    expect((await runProgram(['cost', join(folder, 'none.json')])).code).toBe(4);
  });
});
