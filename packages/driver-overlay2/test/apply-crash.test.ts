import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Driver } from '@graphdriver/core';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason('ext4');

describe.skipIf(reason !== null)(
  `applying an archive to a layer that has content${reason === null ? '' : `: ${reason}`}`,
  () => {
    let place: Place;
    let root: string;
    let archive: string;
    let before: string;
    let after: string;
    let points: number;

    beforeAll(async () => {
      // A file system of its own: applying to a layer with content syncs all of it.
      place = await makePlace('ext4');
      root = join(place.path, 'root');
      archive = join(place.path, 'archive.tar');
      await using driver = await overlay2.open({ root });
      await driver.create('base');
      await working(driver, 'base', (view) => {
        for (const name of ['a', 'b', 'c', 'd/e']) mkdirSync(join(view, name), { recursive: true });
        for (const name of ['a/one', 'a/two', 'b/three', 'd/e/four']) writeFileSync(join(view, name), name);
      });
      await driver.commit('base');
      await driver.create('source', { parent: 'base' });
      await working(driver, 'source', (view) => {
        writeFileSync(join(view, 'a/one'), 'changed by the archive');
        rmSync(join(view, 'b'), { recursive: true });
        mkdirSync(join(view, 'b'));
        linkSync(join(view, 'a/one'), join(view, 'b/linked'));
        symlinkSync('one', join(view, 'a/link'));
        rmSync(join(view, 'd/e/four'));
      });
      await writeFile(archive, driver.diff('source'));
      before = await fingerprint(driver, await withContent(driver, 'before'));
      await withContent(driver, 'counted');
      points = Number(await applying('counted', 0));
      after = await fingerprint(driver, 'counted');
    });

    afterAll(() => place?.[Symbol.asyncDispose]());

    async function withContent(driver: Driver, id: string): Promise<string> {
      await driver.create(id, { parent: 'base' });
      await working(driver, id, (view) => {
        writeFileSync(join(view, 'own'), 'own');
        linkSync(join(view, 'own'), join(view, 'own-too'));
        chmodSync(join(view, 'a/two'), 0o600);
        rmSync(join(view, 'c'), { recursive: true });
        rmSync(join(view, 'd'), { recursive: true });
        mkdirSync(join(view, 'd'));
      });
      return id;
    }

    /** Applies the archive in a process that kills itself at the given point. Returns what it said. */
    async function applying(id: string, point: number): Promise<string> {
      const script = join(import.meta.dirname, 'apply-archive.mjs');
      const child = spawn(process.execPath, [script, root, id, archive, `${point}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      return said;
    }

    function leftovers(id: string): readonly string[] {
      const changing = readdirSync(join(root, '.graphdriver', 'changing'));
      return [...changing, ...(existsSync(join(root, id, 'incoming')) ? ['incoming'] : [])];
    }

    test('changes the layer', () => {
      expect(after).not.toBe(before);
      expect(points).toBeGreaterThan(20);
    });

    test('and being killed at any point of it leaves the layer as it was or as it was to be, once the root is opened', async () => {
      const ids = Array.from({ length: points }, (_, index) => `killed-${index + 1}`);
      {
        await using driver = await overlay2.open({ root });
        for (const id of ids) await withContent(driver, id);
      }
      const rest = ids.map((id, index) => ({ id, point: index + 1 }));
      const lane = async (): Promise<void> => {
        for (let next = rest.shift(); next !== undefined; next = rest.shift())
          expect(await applying(next.id, next.point)).toBe('');
      };
      await Promise.all([lane(), lane()]);
      await using driver = await overlay2.open({ root });
      const seen = new Set<string>();
      for (const id of ids) {
        expect([id, leftovers(id)]).toEqual([id, []]);
        const found = await fingerprint(driver, id);
        expect([before, after]).toContain(found);
        seen.add(found);
        await driver.applyDiff(id, createReadStream(archive));
        expect(await fingerprint(driver, id)).toBe(after);
        await driver.remove(id);
      }
      expect(seen).toEqual(new Set([before, after]));
    });

    test('and failing at any point of it leaves the layer as it was', async () => {
      await using driver = await overlay2.open({ root });
      let successes = 0;
      for (let point = 1; point <= points; point += 1) {
        const id = await withContent(driver, `failed-${point}`);
        const failed = await applyFailingAt(driver, id, point);
        expect([point, leftovers(id)]).toEqual([point, []]);
        expect(await fingerprint(driver, id)).toBe(failed ? before : after);
        successes += failed ? 0 : 1;
        await driver.remove(id);
      }
      // What is only cleaned up afterwards may fail unseen.
      expect(successes).toBeLessThan(points / 2);
    });

    async function applyFailingAt(driver: Driver, id: string, point: number): Promise<boolean> {
      let passed = 0;
      setFaultHandler((call, path) => {
        passed += 1;
        if (passed === point) throw errnoError(call, 28, path);
      });
      try {
        await driver.applyDiff(id, createReadStream(archive));
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'OUT_OF_SPACE' });
        return true;
      } finally {
        setFaultHandler(undefined);
      }
    }
  },
);

async function working(driver: Driver, id: string, work: (view: string) => void): Promise<void> {
  await using mount = await driver.get(id);
  work(mount.path);
}

/** Everything that a layer shows, times left out: they differ between layers that were made one after another. */
async function fingerprint(driver: Driver, id: string): Promise<string> {
  const changes = await driver.changes(id);
  const lines = [];
  for (const { kind, path } of changes) {
    const content = kind === 'delete' ? '' : await contentOf(driver, id, path);
    lines.push(`${kind} ${path} ${content}`);
  }
  return lines.join('\n');
}

async function contentOf(driver: Driver, id: string, path: string): Promise<string> {
  try {
    await using file = await driver.openLayerFile(id, path);
    return `${file.mode.toString(8)} ${await text(file.content())}`;
  } catch {
    return 'no file';
  }
}
