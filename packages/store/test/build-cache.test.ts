// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of a Dockerfile
import { chmodSync, chownSync, linkSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isStoreError } from '../src/store-error.ts';
import { BuildLab } from './build-lab.ts';

const COPY = 'FROM scratch\nCOPY . /';

/** The keys of the cache after a build of these files, in an own directory. */
async function keysOf(prepare: (lab: BuildLab) => void, dockerfile: string = COPY, options = {}): Promise<string[]> {
  using lab = new BuildLab({ 'd/a': 'A', 'd/b': 'B', '.dockerignore': 'ignored\n.dockerignore' });
  prepare(lab);
  await lab.build(dockerfile, options);
  return [...lab.host.cache.keys()];
}

describe('the key of a COPY', () => {
  test.each<[string, (lab: BuildLab) => void]>([
    ['times', ({ context }) => utimesSync(join(context, 'd/a'), 1, 1)],
    ['owners', ({ context }) => chownSync(join(context, 'd/a'), 7, 7)],
    ['what is left out', ({ context }) => writeFileSync(join(context, 'ignored'), 'x')],
    ['another name of a file elsewhere', ({ context, root }) => linkSync(join(context, 'd/a'), join(root, 'name'))],
  ])('does not depend on %s', async (_, prepare) => {
    expect(await keysOf(prepare)).toEqual(await keysOf(() => undefined));
  });

  test.each<[string, (lab: BuildLab) => void]>([
    ['contents', (lab) => lab.write({ 'd/a': 'C' })],
    ['names', (lab) => lab.write({ 'd/c': '' })],
    ['modes', ({ context }) => chmodSync(join(context, 'd/a'), 0o755)],
    ['modes of directories', ({ context }) => chmodSync(join(context, 'd'), 0o700)],
    ['types', (lab) => lab.write({ 'd/a': { link: 'b' } })],
    [
      'which names are one file',
      ({ context }) => {
        writeFileSync(join(context, 'd/a'), 'B');
        rmSync(join(context, 'd/b'));
        linkSync(join(context, 'd/a'), join(context, 'd/b'));
      },
    ],
  ])('depends on %s', async (_, prepare) => {
    expect(await keysOf(prepare)).not.toEqual(await keysOf(() => undefined));
  });

  test('depends on destination, owner, mode, source name and instruction', async () => {
    const steps = [
      'COPY d /',
      'COPY d /x',
      'COPY d /x/',
      'COPY --chown=1 d /',
      'COPY --chmod=700 d /',
      'ADD d /',
      'COPY d/a /',
      'COPY d/a d/b /',
    ];
    const keys = await Promise.all(steps.map((step) => keysOf(() => undefined, `FROM scratch\n${step}`)));
    expect(new Set(keys.flat()).size).toBe(steps.length);
  });

  // https://github.com/moby/buildkit/issues/3291
  test('from another stage depends on the owners that are copied', async () => {
    const file = (owner: string): string =>
      `FROM scratch AS one\nCOPY --chown=${owner} d/a /\nFROM scratch\nCOPY --from=one /a /`;
    const [one, two] = [await keysOf(() => undefined, file('1')), await keysOf(() => undefined, file('2'))];
    expect(one[1]).not.toBe(two[1]);
  });
});

describe('the key of a RUN', () => {
  const run = async (lines: readonly string[], options = {}): Promise<string> =>
    (await keysOf(() => undefined, ['FROM scratch', ...lines].join('\n'), options)).at(-1) ?? '';

  test('depends on words, environment, declared arguments, user, directory, shell and network', async () => {
    const keys = [
      await run(['RUN x']),
      await run(['RUN y']),
      await run(['RUN ["x"]']),
      await run(['ENV a=b', 'RUN x']),
      await run(['ARG a=b', 'RUN x'], { buildArgs: { a: 'c' } }),
      await run(['ARG a=b', 'RUN x'], { buildArgs: { a: 'd' } }),
      await run(['USER 1', 'RUN x']),
      await run(['SHELL ["s"]', 'RUN x']),
      await run(['RUN x'], { network: 'host' }),
      await run(['RUN <<E\nx\nE']),
      await run(['RUN <<E\n#!x\nE']),
      await run(['RUN <<E\n#!y\nE']),
      await run(['COPY d /', 'RUN x']),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('does not depend on labels, on arguments nobody declared, and on proxies', async () => {
    const plain = await run(['RUN x']);
    expect(await run(['LABEL a=b', 'CMD c', 'EXPOSE 80', 'RUN x'])).toBe(plain);
    expect(await run(['RUN x'], { buildArgs: { other: '1', HTTP_PROXY: 'p' } })).toBe(plain);
  });
});

describe('the cache', () => {
  test('the same build again does nothing and gives the same image', async () => {
    using lab = new BuildLab({ a: 'A' });
    const file = 'FROM scratch\nCOPY a /\nENV x=y\nRUN x\nWORKDIR /w\nCMD z';
    const first = await lab.build(file);
    const { changes } = lab.host;
    const second = await lab.build(file);
    expect(second.id).toBe(first.id);
    expect(lab.host.changes).toBe(changes);
    expect(lab.host.runs).toHaveLength(1);
  });

  test('an image of settings alone has the same id each time, on a base that has a time', async () => {
    using lab = new BuildLab({ a: 'A' });
    await lab.build('FROM scratch\nCOPY a /', { tags: ['base'] });
    const ids = [await lab.build('FROM base\nCMD x'), await lab.build('FROM base\nCMD x')].map(({ id }) => id);
    expect(ids[0]).toBe(ids[1]);
  });

  test('is not used with noCache, and written all the same', async () => {
    using lab = new BuildLab({ a: 'A' });
    await lab.build('FROM scratch\nRUN x');
    await lab.build('FROM scratch\nRUN x', { noCache: true });
    expect(lab.host.runs).toHaveLength(2);
    expect(lab.host.cache.size).toBe(1);
  });

  test('a changed file makes its step and those behind it anew, and not those before', async () => {
    using lab = new BuildLab({ a: 'A', b: 'B' });
    const file = 'FROM scratch\nCOPY a /\nCOPY b /\nRUN x';
    await lab.build(file);
    lab.write({ b: 'C' });
    const before = lab.host.changes;
    await lab.build(file);
    expect(lab.host.changes - before).toBe(2);
  });
});

describe('any Dockerfile', () => {
  const words = fc.constantFrom(
    ...[
      'a',
      'd',
      'd/x',
      '*',
      '../a',
      '/',
      '.',
      '..',
      '/x/',
      '$v',
      '${v:-a}',
      '"',
      '[',
      '\\',
      '<<E',
      '--from=one',
      '--from=0',
      '--chown=1',
      '--chmod=7',
    ],
    ...['link', 'loop', 'x=y', '=', '["a"]', '80', '\u0001', 'é', 'AS', 'one', 'scratch', '-', '{', '}'],
  );
  const keyword = fc.constantFrom(
    'FROM scratch AS one\n',
    'FROM',
    'COPY',
    'ADD',
    'RUN',
    'ENV',
    'ARG',
    'WORKDIR',
    'USER',
    'CMD',
    'LABEL',
    'EXPOSE',
    'VOLUME',
    'SHELL',
    'ENTRYPOINT',
    'STOPSIGNAL',
  );
  const line = fc.tuple(keyword, fc.array(words, { maxLength: 4 })).map(([first, rest]) => [first, ...rest].join(' '));

  test('is built, or refused by a typed error, and leaves no name behind then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (lines) => {
        for (const end of [[], ['E']]) {
          using lab = new BuildLab({ a: 'A', 'd/x': 'X', link: { link: '/d' }, loop: { link: 'loop' } });
          const error = await lab.failure(['FROM scratch', ...lines, ...end].join('\n'), { tags: ['t'] });
          if (error !== undefined && !isStoreError(error)) throw error;
          expect(lab.host.names.has('docker.io/library/t:latest')).toBe(error === undefined);
        }
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});
