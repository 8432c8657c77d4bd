import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TarEntry, writeTar } from '@graphdriver/archive';
import { makedev, run } from '@graphdriver/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { inLoneNamespace, inMappedNamespace, type NamespaceEnd, namespaceReason } from './namespace.ts';
import { makePlace, type Place } from './places.ts';

const reason = await namespaceReason();
const script = join(import.meta.dirname, 'work-on-layers.mjs');
const examine = join(import.meta.dirname, 'examine.mjs');

/** What `work-on-layers.mjs` prints. */
interface Work {
  readonly changes: readonly string[];
  readonly codes: readonly string[];
  readonly hints?: readonly string[];
  readonly marks: { readonly whiteout: boolean; readonly deletions?: unknown };
  readonly opaque: { readonly trusted: string | null; readonly user: string | null };
  readonly mountOptions: readonly string[];
  readonly diff: string;
  readonly diffOfCopy: string;
  readonly copied: string;
  readonly sameFile: boolean;
  readonly status: Readonly<Record<string, string>>;
  readonly left: number;
}

const EXPECTED = {
  changes: [
    'modify /changed',
    'delete /deleted',
    'modify /linked',
    'add /other',
    'modify /replaced',
    'delete /replaced/deep',
    'add /replaced/new',
  ],
  copied: 'changed twice',
  sameFile: true,
  left: 0,
};

describe.skipIf(reason !== null)(`overlay2 in a user namespace${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;

  beforeEach(async () => {
    place = await makePlace('here');
    chmodSync(dirname(place.path), 0o755);
  });

  afterEach(() => place[Symbol.asyncDispose]());

  async function byRealRoot(owner: string): Promise<Work> {
    const { stdout } = await run(process.execPath, [script, join(place.path, 'real'), owner]);
    return workOf({ stdout, stderr: '', exitCode: 0 });
  }

  test('a root of many ids works on layers as the real root does, and the archives are the same to the byte', async () => {
    const ended = await inMappedNamespace([script, join(place.path, 'mapped'), '1000'], [place.path]);
    const [work, real] = [workOf(ended), await byRealRoot('1000')];
    expect(work).toMatchObject(EXPECTED);
    expect(real).toMatchObject(EXPECTED);
    expect(work.diff).toBe(real.diff);
    expect(work.diffOfCopy).toBe(real.diff);
    expect(work.codes).toEqual(['EXDEV']);
  });

  test('so does a root whose namespace has no other id', async () => {
    const ended = await inLoneNamespace([script, join(place.path, 'lone')]);
    const [work, real] = [workOf(ended), await byRealRoot('0')];
    expect(work).toMatchObject(EXPECTED);
    expect(work.diff).toBe(real.diff);
    expect(work.diffOfCopy).toBe(real.diff);
  });

  test('the kernel’s marks are user attributes there, and trusted ones everywhere else', async () => {
    const work = workOf(await inLoneNamespace([script, join(place.path, 'lone')]));
    expect(work.marks.whiteout).toBe(true);
    expect(work.opaque).toEqual({ trusted: null, user: 'y' });
    expect(work.mountOptions).toContain('userxattr');
    expect(work.status).toMatchObject({ userxattr: 'true', 'Native Overlay Diff': 'true' });
    const real = await byRealRoot('0');
    expect(real.opaque).toEqual({ trusted: 'y', user: null });
    expect(real.status).toMatchObject({ userxattr: 'false' });
  });

  test('an archive’s whiteouts and opaque directories are written down as overlay reads them there', async () => {
    await archive('deletions', [
      { ...FILE, path: '.wh.deleted' },
      { ...FILE, path: 'replaced', type: 'directory', mode: 0o755 },
      { ...FILE, path: 'replaced/.wh..wh..opq' },
      { ...FILE, path: 'replaced/new' },
    ]);
    const work = workOf(await inMappedNamespace([script, join(place.path, 'root'), '0', 'deletions'], [place.path]));
    expect(work.marks.deletions).toEqual({
      changes: ['delete /deleted', 'modify /replaced', 'delete /replaced/deep', 'add /replaced/new'],
      opaque: ['user'],
    });
  });

  test('what the kernel gives no namespace is refused with a reason and a remedy', async () => {
    await archive('device', [{ ...FILE, path: 'null', type: 'character', rdev: makedev(1, 3) }]);
    await archive('stranger', [{ ...FILE, path: 'file', uid: 1_000_000 }]);
    await archive('trusted', [{ ...FILE, path: 'file', xattrs: new Map([['trusted.mine', Buffer.from('x')]]) }]);
    const args = [script, join(place.path, 'root'), '0', 'device', 'stranger', 'trusted'];
    const work = workOf(await inMappedNamespace(args, [place.path]));
    expect(work.codes).toEqual(['EXDEV', 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED']);
    expect(new Set(work.hints).size).toBe(3);
    expect(work.hints?.every((hint) => /root of the host/.test(hint))).toBe(true);
  });

  test('the real root opens a root that was made there, and mounts it in the same way', async () => {
    const root = join(place.path, 'root');
    workOf(await inLoneNamespace([script, root]));
    await using driver = await overlay2.open({ root });
    expect(await driver.status()).toContainEqual({ key: 'userxattr', value: 'true' });
    await expect(overlay2.open({ root, settings: { userxattr: 'off' } })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  test('a root whose marks only the real root can read is refused there', async () => {
    const root = join(place.path, 'root');
    await (await overlay2.open({ root })).close();
    const { stdout } = await inLoneNamespace([join(import.meta.dirname, 'open-root.mjs'), root]);
    expect(stdout).toBe('PERMISSION_DENIED');
    expect(existsSync(join(root, '.graphdriver/format.json'))).toBe(true);
  });

  // The other groups make devices, attributes or owners that nobody can make there, before the driver is asked for anything.
  test('the contract is kept there as everywhere', { timeout: 300_000 }, async () => {
    const groups = ['content', 'mount-abilities', 'failing', 'file', 'usage', 'oracle'];
    const { stdout, stderr } = await inMappedNamespace([examine, place.path, ...groups], [place.path]);
    expect(stderr).toBe('');
    const { passed, failed } = JSON.parse(stdout) as { passed: number; failed: readonly string[] };
    // As one text, so that the report of a failure says which and why.
    expect(failed.join('\n')).toBe('');
    expect(passed).toBeGreaterThan(35);
  });

  async function archive(name: string, entries: readonly TarEntry[]): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeTar(entries)) chunks.push(chunk);
    writeFileSync(join(place.path, `${name}.tar`), Buffer.concat(chunks));
  }
});

const FILE: TarEntry = {
  path: '',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0n,
  linkTarget: '',
  rdev: 0,
  xattrs: new Map(),
  segments: null,
  content: [],
};

function workOf({ stdout, stderr, exitCode }: NamespaceEnd): Work {
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Work; // The script beside this file writes it.
}
