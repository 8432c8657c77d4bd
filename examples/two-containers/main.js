// Two containers on one image: what one writes, the other never sees, and the image stays as it was.
// Run it as root: node examples/two-containers/main.js
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectDriver } from '@graphdriver/core';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { vfs } from '@graphdriver/driver-vfs';

const root = await mkdtemp(join(tmpdir(), 'two-containers-'));
const { driver: module, reason } = await selectDriver([overlay2, vfs], { root, allowFullCopy: true });
const driver = await module.open({ root: join(root, module.name) });
console.log(reason);

try {
  await driver.create('image');
  await edit('image', async (path) => {
    await mkdir(join(path, 'etc'));
    await writeFile(join(path, 'etc', 'motd'), 'welcome\n');
  });
  await driver.commit('image');

  for (const name of ['alice', 'bob']) {
    await driver.create(name, { parent: 'image', labels: { purpose: 'example' } });
    await edit(name, (path) => appendFile(join(path, 'etc', 'motd'), `hello, ${name}\n`)); // copy_up, then the write
  }
  for (const name of ['alice', 'bob', 'image']) {
    await edit(name, async (path) =>
      console.log(name, 'has', JSON.stringify(await readFile(join(path, 'etc', 'motd'), 'utf8'))),
    );
  }
  for (const { kind, path } of await driver.changes('bob')) console.log('bob:', kind, path);
} finally {
  await driver.close();
  await rm(root, { recursive: true });
}

/** Mounts a layer, calls `work` with the path of its view, and gives the layer back whatever happens. */
async function edit(id, work) {
  const mount = await driver.get(id);
  try {
    await work(mount.path);
  } finally {
    await mount.put();
  }
}
