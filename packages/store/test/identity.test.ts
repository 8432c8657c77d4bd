import { describe, expect, test } from 'vitest';
import { chainIds } from '../src/identity/chain-id.ts';
import { type Digest, digestOf, isDigest, verified } from '../src/identity/digest.ts';
import { canonicalReference, familiarReference, parseReference } from '../src/reference.ts';
import { archiveOf, collect } from './support/tar-files.ts';

const digest: Digest = `sha256:${'a'.repeat(64)}`;

describe('references', () => {
  test.each([
    ['debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['debian:12', 'docker.io/library/debian:12', 'debian:12'],
    ['acme/base:1.0', 'docker.io/acme/base:1.0', 'acme/base:1.0'],
    ['docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['index.docker.io/acme/x', 'docker.io/acme/x:latest', 'acme/x:latest'],
    ['localhost/x', 'localhost/x:latest', 'localhost/x:latest'],
    ['localhost:5000/x/y/z', 'localhost:5000/x/y/z:latest', 'localhost:5000/x/y/z:latest'],
    [
      'registry.example:443/a__b/c-d.e:T_1',
      'registry.example:443/a__b/c-d.e:T_1',
      'registry.example:443/a__b/c-d.e:T_1',
    ],
    ['[::1]:5000/x', '[::1]:5000/x:latest', '[::1]:5000/x:latest'],
    ['HOST/x', 'HOST/x:latest', 'HOST/x:latest'],
    [`debian@${digest}`, `docker.io/library/debian@${digest}`, `debian@${digest}`],
    [`debian:12@${digest}`, `docker.io/library/debian:12@${digest}`, `debian:12@${digest}`],
  ])('%s is %s, and %s for people', (text, canonical, familiar) => {
    const reference = parseReference(text);
    expect(canonicalReference(reference)).toBe(canonical);
    expect(familiarReference(reference)).toBe(familiar);
    expect(parseReference(canonical)).toEqual(reference);
    expect(parseReference(familiar)).toEqual(reference);
  });

  test.each([
    '',
    ' ',
    'UPPER',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:-x',
    'a b',
    '../a',
    'a..b',
    'a___b',
    '-a',
    'a@sha256:short',
    `a@${digest}@${digest}`,
    'a:b:c',
    'ä',
    'a'.repeat(300),
    'b'.repeat(64),
    `x:${'t'.repeat(129)}`,
    'a\0b',
  ])('%j is no reference', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'INVALID_REFERENCE' }));
  });
});

describe('digests', () => {
  test('chain IDs are those of the OCI image specification', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(digestOf) as [Digest, Digest, Digest]; // There are three.
    const ab = digestOf(`${a} ${b}`);
    expect(chainIds([a, b, c])).toEqual([a, ab, digestOf(`${ab} ${c}`)]);
    expect(chainIds([])).toEqual([]);
  });

  test('only sha256 in lower case is a digest', () => {
    expect(isDigest(digest)).toBe(true);
    for (const no of ['', 'sha256:', digest.toUpperCase(), `${digest}0`, digest.slice(7), `${digest}\n`, 7, null])
      expect(isDigest(no)).toBe(false);
  });

  test('content is handed on when it is what it should be, and fails otherwise', async () => {
    const content = Buffer.from('content');
    const good = { digest: digestOf(content), size: 7 };
    expect(await collect(verified(archiveOf(content, 3)(), good, 'x'))).toEqual(content);
    for (const bad of [{ digest }, { ...good, size: 6 }, { ...good, size: 8 }])
      await expect(collect(verified(archiveOf(content, 3)(), bad, 'x'))).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
  });
});
