import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import dockerignore from '@balena/dockerignore';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob, matchesGlob } from '../src/build/files/glob.ts';
import { IgnoreRules } from '../src/build/files/ignore-rules.ts';
import { BuildLab } from './build-lab.ts';

function ignores(rules: string, path: string): boolean {
  return IgnoreRules.parse(rules).ignores(path);
}

function matches(pattern: string, text: string): boolean | undefined {
  const glob = compileGlob(pattern);
  return glob === undefined ? undefined : matchesGlob(glob, text);
}

describe('patterns', () => {
  // Facts about filepath.Match: `undefined` is its ErrBadPattern.
  test.each<[string, string, boolean | undefined]>([
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*', 'a', true],
    ['a*', 'ab/c', false],
    ['a*/b', 'abc/b', true],
    ['a*/b', 'a/c/b', false],
    ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
    ['a*b*c*d*e*/f', 'axbxcxdxexxx/fff', false],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['ab[c]', 'abc', true],
    ['ab[b-d]', 'abc', true],
    ['ab[e-g]', 'abc', false],
    ['ab[^c]', 'abc', false],
    ['ab[^b-d]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['a?b', 'a☺b', true],
    ['a[^a]b', 'a☺b', true],
    ['a???b', 'a☺b', false],
    ['[a-ζ]*', 'α', true],
    ['*[a-ζ]', 'A', false],
    ['a?b', 'a/b', false],
    ['a*b', 'a/b', false],
    ['[\\]a]', ']', true],
    ['[\\-]', '-', true],
    ['[x\\-]', 'z', false],
    ['[]a]', ']', undefined],
    ['[-]', '-', undefined],
    ['[x-]', 'x', undefined],
    ['[a-b-c]', 'a', undefined],
    ['[', 'a', undefined],
    ['[^', 'a', undefined],
    ['[^bc', 'a', undefined],
    ['a[', 'ab', undefined],
    ['\\', 'a', undefined],
    ['*x', 'xxx', true],
    ['', '', true],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test('no pattern takes longer than in proportion to pattern and text', () => {
    const start = performance.now();
    expect(matches(`${'*a'.repeat(500)}b`, 'a'.repeat(2000))).toBe(false);
    expect(ignores(`${'**/'.repeat(200)}x`, `${'a/'.repeat(500)}y`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('.dockerignore', () => {
  test.each([
    ['a', 'a', true],
    ['a', 'a/b/c', true],
    ['a', 'b/a', false],
    ['/a', 'a', true],
    ['./a/', 'a/b', true],
    ['a/../b', 'b', true],
    ['*', 'a', true],
    ['*', 'a/b', true],
    ['*.md', 'x.md', true],
    ['*.md', 'd/x.md', false],
    ['**/*.md', 'x.md', true],
    ['**/*.md', 'd/e/x.md', true],
    ['d/**', 'd/e/f', true],
    ['d/**', 'd', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'ab', false],
    ['# a', '# a', false],
    ['\n  a  \n', 'a', true],
    ['*\n!a', 'a', false],
    ['*\n!a\na', 'a', true],
    ['!a\n*', 'a', true],
    ['d\n!d/keep', 'd/keep', false],
    ['d\n!d/keep', 'd/drop', true],
    ['*\n!*.md\nREADME*.md', 'README-secret.md', true],
    ['A', 'a', false],
    ['*', 'constructor', true],
    ['a+b', 'a+b', true],
    ['(x', '(x', true],
    ['a|b', 'xb', false],
    ['a{2}', 'aa', false],
    ['.git', 'xgit', false],
    ['[ab]', 'b', true],
    ['\uFEFFa', 'a', true],
    ['a\r\nb\r\n', 'b', true],
  ])('%j and %j: %s', (rules, path, expected) => {
    expect(ignores(rules, path)).toBe(expected);
  });

  test.each(['[', 'a\n!\n', 'x[a'])('%j fails with INVALID_DOCKERFILE', (rules) => {
    expect(() => IgnoreRules.parse(rules)).toThrow(expect.objectContaining({ code: 'INVALID_DOCKERFILE' }));
  });

  test('says the same as @balena/dockerignore where that one is right', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'c.md');
    const part = fc.constantFrom('a', 'b', 'ab', '*', '?', 'a*', '*.md', '**', '[ab]', '[^b]');
    const pattern = fc
      .tuple(fc.constantFrom('', '!', '/'), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([start, parts]) => start + parts.join('/'));
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 4 }),
        fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
        (patterns, path) => {
          expect(ignores(patterns.join('\n'), path)).toBe(
            dockerignore.default({ ignorecase: false }).add(patterns.join('\n')).ignores(path),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('what it leaves out is not there for COPY, and its exceptions are, with the directories above them', async () => {
    using lab = new BuildLab({
      '.dockerignore': 'secret\nd\n!d/e/keep\n',
      secret: 's',
      open: 'o',
      'd/e/keep': 'k',
      'd/e/drop': 'x',
      'd/other': 'x',
    });
    const { view } = await lab.build('FROM scratch\nCOPY . /');
    expect(readdirSync(view, { recursive: true }).map(String).sort()).toEqual([
      '.dockerignore',
      'd',
      'd/e',
      'd/e/keep',
      'open',
    ]);
    expect(await lab.failure('FROM scratch\nCOPY secret /')).toMatchObject({ code: 'BUILD_FAILED' });
    expect(await lab.failure('FROM scratch\nCOPY secre? /')).toMatchObject({ code: 'BUILD_FAILED' });
  });

  test('a link does not lead to what is left out', async () => {
    using lab = new BuildLab({ '.dockerignore': 'secret', secret: 's', link: { link: 'secret' } });
    expect(await lab.failure('FROM scratch\nCOPY link /x')).toMatchObject({ code: 'BUILD_FAILED' });
  });

  test('the file beside the Dockerfile counts before the one of the folder, and the Dockerfile may be left out', async () => {
    using lab = new BuildLab({
      '.dockerignore': 'a',
      'docker/Dockerfile': 'FROM scratch\nCOPY . /',
      'docker/Dockerfile.dockerignore': 'docker\n.dockerignore\nb',
      a: 'A',
      b: 'B',
    });
    const { view } = await lab.build('', { dockerfile: 'docker/Dockerfile', dockerfileText: undefined as never });
    expect(readdirSync(join(view))).toEqual(['a']);
  });
});
