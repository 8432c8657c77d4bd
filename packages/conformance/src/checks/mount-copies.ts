import assert from 'node:assert/strict';
import { mountsUnder } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { put, textOf } from '../staging/files.ts';
import { makeLayer, makeWritable } from '../staging/layers.ts';
import { otherNamespace } from '../staging/other-namespace.ts';

/** What becomes of the copies of a mount that other mount namespaces got without knowing: they would keep the layer in use. */
export const mountCopyChecks: readonly Check[] = [
  {
    id: 'mount-copies/go-with-the-last-put',
    title:
      'the last put takes a layer’s mount also from a process that has a copy of it in a mount namespace of its own',
    issue: 'https://github.com/moby/moby/issues/34672',
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'of base'));
      await makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base');
      const mounts = [await driver.get('layer'), await driver.get('layer')];
      await using elsewhere = await otherNamespace(context);
      for (const mount of mounts) await mount.put();
      assert.deepEqual(elsewhere.mountsUnder(driver.root), []);
      await using again = await driver.get('layer');
      assert.equal(textOf(again.path, 'own'), 'own');
    },
  },
  {
    id: 'mount-copies/of-binds-go-with-the-last-put',
    title: 'the last put of a layer that was mounted with flags takes those mounts from other mount namespaces, too',
    requires: ({ readOnlyViews }) => (readOnlyViews ? null : 'The driver does not promise read-only views.'),
    async run(context) {
      const { driver } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'own'));
      const mounts = [
        await driver.get('layer', { nosuid: true, noexec: true }),
        await driver.get('layer', { readOnly: true, holder: 'web' }),
      ];
      await using elsewhere = await otherNamespace(context);
      for (const mount of mounts) await mount.put();
      assert.deepEqual(elsewhere.mountsUnder(driver.root), []);
      assert.deepEqual(mountsUnder(driver.root), []);
      await driver.commit('layer');
    },
  },
];
