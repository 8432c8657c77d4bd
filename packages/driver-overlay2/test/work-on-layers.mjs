// Does in a root what layers are for, and prints what came of it as JSON: diffs as base64, changes, kernel marks, refusals by code.
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { readMounts, readXattr, writeXattr } from '@graphdriver/host';

const [root, owner = '0'] = process.argv.slice(2);
const result = { changes: [], codes: [], marks: {}, opaque: {} };
const driver = await overlay2.open({ root });

async function inLayer(id, work) {
  const mount = await driver.get(id);
  try {
    return work(mount.path);
  } finally {
    await mount.put();
  }
}

/** So that the same work gives the same archive. */
function age(view, names) {
  for (const name of names) utimesSync(join(view, name), 1_000_000_000, 1_000_000_000);
}

async function bytesOf(id) {
  const chunks = [];
  for await (const chunk of driver.diff(id)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes) {
  yield bytes;
}

await driver.create('base');
await inLayer('base', (view) => {
  mkdirSync(join(view, 'replaced/deep'), { recursive: true });
  mkdirSync(join(view, 'renamed'));
  for (const name of ['deleted', 'changed', 'linked', 'replaced/deep/file', 'renamed/file']) {
    writeFileSync(join(view, name), name);
  }
  chownSync(join(view, 'changed'), Number(owner), Number(owner));
  age(view, ['deleted', 'changed', 'linked', 'replaced/deep/file', 'renamed/file']);
  age(view, ['replaced/deep', 'replaced', 'renamed']);
});
await driver.commit('base');
await driver.create('top', { parent: 'base' });
await inLayer('top', (view) => {
  rmSync(join(view, 'deleted'));
  rmSync(join(view, 'replaced'), { recursive: true });
  mkdirSync(join(view, 'replaced'));
  writeFileSync(join(view, 'replaced/new'), 'new');
  writeFileSync(join(view, 'changed'), 'changed twice');
  chmodSync(join(view, 'changed'), 0o600);
  linkSync(join(view, 'linked'), join(view, 'other'));
  writeXattr(join(view, 'linked'), 'user.mark', Buffer.from('kept'));
  try {
    renameSync(join(view, 'renamed'), join(view, 'moved'));
  } catch (error) {
    result.codes.push(error.code);
  }
  age(view, ['replaced/new', 'changed', 'linked', 'replaced']);
  result.mountOptions = readMounts().find(({ mountPoint }) => mountPoint === view)?.superOptions ?? [];
});
const upper = join(root, 'top/diff');
const whiteout = lstatSync(join(upper, 'deleted'));
result.marks.whiteout = whiteout.isCharacterDevice() && whiteout.rdev === 0;
for (const kind of ['trusted', 'user']) {
  result.opaque[kind] = readXattr(join(upper, 'replaced'), `${kind}.overlay.opaque`)?.toString() ?? null;
}
result.changes = (await driver.changes('top')).map(({ kind, path }) => `${kind} ${path}`);
const archive = await bytesOf('top');
result.diff = archive.toString('base64');

await driver.create('copy', { parent: 'base' });
await driver.applyDiff('copy', once(archive));
result.diffOfCopy = (await bytesOf('copy')).toString('base64');
await inLayer('copy', (view) => {
  result.copied = readFileSync(join(view, 'changed'), 'utf8');
  result.sameFile = lstatSync(join(view, 'linked')).ino === lstatSync(join(view, 'other')).ino;
});

// What came from elsewhere: the archives that the test has put beside the root, each on a layer of its own.
for (const name of process.argv.slice(4)) {
  await driver.create(name, { parent: 'base' });
  try {
    await driver.applyDiff(name, once(readFileSync(join(root, '..', `${name}.tar`))));
    const changes = (await driver.changes(name)).map(({ kind, path }) => `${kind} ${path}`);
    result.marks[name] = { changes, opaque: opaqueMarks(join(root, name, 'diff/replaced')) };
  } catch (error) {
    result.codes.push(error.code);
    result.hints = [...(result.hints ?? []), error.hint];
  }
  await driver.remove(name);
}

function opaqueMarks(directory) {
  return ['trusted', 'user'].filter((kind) => readXattr(directory, `${kind}.overlay.opaque`) !== undefined);
}

result.status = Object.fromEntries((await driver.status()).map(({ key, value }) => [key, value]));
await driver.remove('copy');
await driver.remove('top');
await driver.remove('base');
result.left = (await driver.list()).length;
await driver.close();
process.stdout.write(JSON.stringify(result));
