import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { put, textOf } from '../staging/files.ts';
import { makeWritable, viewing } from '../staging/layers.ts';
import { assertTypeError, callsOn } from '../staging/refusals.ts';

const RIGHT = ['a', 'Z', '0', 'a.b', 'a-b_c.D9', '9...', 'x'.repeat(128), 'con', 'l'];
const WRONG: readonly unknown[] = [
  '',
  'x'.repeat(129),
  '.hidden',
  '..',
  '-dash',
  '_under',
  'a/b',
  'a b',
  'a\n',
  'ä',
  'a\u0000',
  undefined,
  null,
  5,
  ['a'],
];

/** What ids and other arguments look like, and that wrong ones are noticed. */
export const idChecks: readonly Check[] = [
  {
    id: 'ids/grammar-is-accepted',
    title: 'every id of the grammar names a layer, the longest and the oddest too',
    async run({ driver }) {
      for (const id of RIGHT) assert.equal((await driver.create(id)).id, id);
      for (const id of RIGHT) assert.equal(await driver.exists(id), true, `${id} must exist`);
      assert.deepEqual((await driver.list()).map((record) => record.id).sort(), [...RIGHT].sort());
      for (const id of RIGHT) await driver.remove(id);
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'ids/long-ids-can-be-mounted',
    title: 'a layer with an id of 128 characters can have children and be mounted',
    async run(context) {
      const [base, child] = ['b'.repeat(128), 'c'.repeat(128)];
      await makeWritable(context.driver, base, (root) => put(root, 'from-base'));
      await context.driver.commit(base);
      await context.driver.create(child, { parent: base });
      await viewing(context, child, (root) => assert.equal(textOf(root, 'from-base'), 'from-base'));
    },
  },
  {
    id: 'ids/others-are-type-errors',
    title: 'what is not a layer id is refused with a TypeError by every method that takes one',
    covers: ['moby:TestIsValidID'],
    async run({ driver }) {
      for (const wrong of WRONG) {
        const id = wrong as string; // That it is none is the point.
        const what = JSON.stringify(wrong);
        await assertTypeError(() => driver.create(id), `create of ${what}`);
        await assertTypeError(() => driver.exists(id), `exists of ${what}`);
        for (const [method, call] of Object.entries(callsOn(driver, id))) {
          await assertTypeError(call, `${method} of ${what}`);
        }
      }
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'ids/other-parents-and-bases-are-type-errors',
    title: 'a parent or a base that is not a layer id is refused with a TypeError',
    async run({ driver }) {
      await driver.create('layer');
      for (const wrong of WRONG.filter((id) => id !== undefined)) {
        const what = JSON.stringify(wrong);
        const parent = wrong as string; // That it is none is the point.
        await assertTypeError(() => driver.create('child', { parent }), `the parent ${what}`);
        if (wrong === null) continue; // As a base, null is the empty tree.
        await assertTypeError(() => driver.changes('layer', { base: parent }), `the base ${what}`);
      }
      assert.equal(await driver.exists('child'), false);
    },
  },
  {
    id: 'ids/case-keeps-layers-apart',
    title: 'two ids that differ only in case are two layers with content of their own',
    async run(context) {
      const { driver } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'small'));
      await makeWritable(driver, 'Layer', (root) => put(root, 'large'));
      await viewing(context, 'layer', (root) => assert.equal(textOf(root, 'small'), 'small'));
      await viewing(context, 'Layer', (root) => assert.equal(textOf(root, 'large'), 'large'));
      await driver.remove('layer');
      assert.equal(await driver.exists('Layer'), true);
    },
  },
  {
    id: 'ids/holder-names-have-the-same-grammar',
    title: 'what is not the name of a holder is refused with a TypeError by get and by put',
    async run({ driver }) {
      await driver.create('layer');
      for (const wrong of WRONG) {
        const holder = wrong as string; // That it is none is the point.
        const what = JSON.stringify(wrong);
        if (wrong !== undefined) await assertTypeError(() => driver.get('layer', { holder }), `get for ${what}`);
        await assertTypeError(() => driver.put('layer', { holder }), `put for ${what}`);
      }
      assert.deepEqual(await driver.holders('layer'), []);
    },
  },
  {
    id: 'ids/unknown-options-are-type-errors',
    title: 'an option that nobody reads is a TypeError and not a silent default, in every method',
    async run({ driver, subject }) {
      await driver.create('layer');
      const odd = { readonly: true } as object; // The misspelt `readOnly`; `object` lets it pass where no key is in common.
      const calls: Record<string, () => unknown> = {
        create: () => driver.create('other', odd),
        commit: () => driver.commit('layer', odd),
        remove: () => driver.remove('layer', odd),
        get: () => driver.get('layer', odd),
        put: () => driver.put('layer', { holder: 'somebody', ...odd }),
        describeMount: () => driver.describeMount('layer', odd),
        usage: () => driver.usage('layer', odd),
        reclaimable: () => driver.reclaimable('layer', odd),
        diff: () => driver.diff('layer', odd)[Symbol.asyncIterator]().next(),
        changes: () => driver.changes('layer', odd),
        applyDiff: () => driver.applyDiff('layer', (async function* () {})(), odd),
        diffSize: () => driver.diffSize('layer', odd),
        openLayerFile: () => driver.openLayerFile('layer', '/file', odd),
        open: () => subject.module.open({ root: driver.root, ...odd }),
      };
      for (const [method, call] of Object.entries(calls)) await assertTypeError(call, `an unknown option of ${method}`);
      const mount = await driver.get('layer');
      await assertTypeError(() => mount.put(odd), "an unknown option of a mount's put");
      await mount.put();
      assert.deepEqual((await driver.stat('layer')).kind, 'writable');
      assert.equal(await driver.exists('other'), false);
    },
  },
  {
    id: 'ids/labels-are-strings',
    title: 'labels that are not an object of strings are refused with a TypeError',
    async run({ driver }) {
      await driver.create('layer', { labels: { kept: 'yes' } });
      for (const wrong of [null, 'text', 5, ['a'], { count: 5 }, { nothing: null }]) {
        const labels = wrong as unknown as Record<string, string>; // That it is none is the point.
        const what = JSON.stringify(wrong);
        await assertTypeError(() => driver.setLabels('layer', labels), `setLabels with ${what}`);
        await assertTypeError(() => driver.create('other', { labels }), `create with the labels ${what}`);
      }
      assert.deepEqual((await driver.stat('layer')).labels, { kept: 'yes' });
      assert.equal(await driver.exists('other'), false);
    },
  },
];
