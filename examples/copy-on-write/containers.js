// The second half: containers add a thin layer of their own, and what they write stays in it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { removeTree, run } from '@graphdriver/host';
import { parseVolumeFlag } from '@graphdriver/store';
import { check, command, short, show, size, step, tell } from './telling.js';

const IMAGE = 'acme/my-final-image:1.0';
const NAMES = [1, 2, 3, 4, 5].map((number) => `my_container_${number}`);
const DATA = 16 * 1024 * 1024;
/** Step 5. */
export async function startFive({ store, copies }) {
  step('5. Five containers of one image', [
    'Each gets a thin writable layer on top of the layers of the image, which stay as they are and are shared by all five.',
    'SIZE is what the files in that writable layer hold. The virtual size adds the read-only data underneath: to sum it up would count that five times.',
  ]);
  for (const name of NAMES) {
    await store.runner.create(IMAGE, { name, command: ['cat'], openStdin: true });
    await store.runner.start(name);
    command(`run -d -i --name ${name} ${IMAGE} cat`);
  }
  command('ps --size');
  await showSizes(store);
  const sizes = await Promise.all(NAMES.map((name) => store.containers.size(name)));
  const [image] = store.images.list().filter(({ references }) => references.includes(`docker.io/${IMAGE}`));
  check(
    'all five hold 0B of their own',
    sizes.every((one) => one.size === 0),
  );
  check(
    `the virtual size of each is that of the image, ${size(image.size)}`,
    sizes.every((one) => one.virtualSize === image.size),
  );
  const byContainer = (await store.df()).byContainer.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  tell('What the layer of each takes of the disk, and the folder with its log and configuration:');
  show([
    ['NAME', 'LAYER', 'FOLDER'],
    ...byContainer.map(({ name, writable, folder }) => [name, size(writable), size(folder)]),
  ]);
  if (copies) {
    check(
      'each takes as much as the whole image: this driver has no copy-on-write, and copies everything for every container',
      byContainer.every(({ writable }) => writable > DATA),
    );
  } else {
    check(
      'each layer takes a hundredth of the image or less: nothing was copied',
      byContainer.every(({ writable }) => writable <= image.size / 100),
    );
  }
}

/** Step 6. */
export async function writeInOne({ store }) {
  step('6. A write in one of them', [
    'The file is new, so it is simply made in the writable layer. Had it been in the image, the driver would have brought it up first (copy_up).',
    'Either way nobody else sees what was written.',
  ]);
  const code = await exec(store, NAMES[0], ['sh', '-c', 'echo only here > /out.txt']);
  command(`exec ${NAMES[0]} sh -c 'echo only here > /out.txt'`);
  command('ps --size');
  await showSizes(store);
  const [first, ...others] = await Promise.all(NAMES.map((name) => exec(store, name, ['cat', '/out.txt'])));
  check('the first one has the file', code.exitCode === 0 && first.text === 'only here\n');
  check(
    'the four others have not',
    others.every(({ exitCode }) => exitCode !== 0),
  );
  const { size: held } = await store.containers.size(NAMES[0]);
  check('the first one holds the 10 bytes that it wrote', held === 10);
  const { top } = store.images.show(IMAGE);
  let bytes = 0;
  // Reading it as an archive compares its digest.
  for await (const chunk of store.layers.archive(top)) bytes += chunk.byteLength;
  check(
    `the image is unchanged: its top layer, ${bytes} bytes as an archive, still has the digest that it is known by`,
    bytes > 0,
  );
}

/** Step 7. */
export async function removeOne({ store }) {
  step('7. The end of a container', [
    'Its writable layer goes with it. The layers of the image stay: others need them.',
  ]);
  const before = await store.driver.list();
  await store.runner.remove(NAMES[0], { force: true });
  const after = await store.driver.list();
  command(`rm --force ${NAMES[0]}`);
  await showSizes(store);
  check('the driver has one layer less', after.length === before.length - 1);
  check('the image is there', store.images.show(IMAGE).containers.length === NAMES.length - 1);
}

/** Step 8. */
export async function shareVolume({ store, directory }) {
  step('8. What is to be kept, or shared', [
    'A volume is a plain folder outside of the driver, mounted into containers: as fast as the disk, shared by whoever mounts it, and kept when they go.',
  ]);
  const mounts = [parseVolumeFlag('shared:/shared', directory)];
  const one = await runToEnd(store, { mounts, command: ['sh', '-c', 'echo from the first > /shared/note'] });
  command(`run --rm -v shared:/shared ${IMAGE} sh -c 'echo from the first > /shared/note'`);
  const two = await runToEnd(store, { mounts, command: ['cat', '/shared/note'] });
  command(`run --rm -v shared:/shared ${IMAGE} cat /shared/note`);
  show([[two.text.trim()]]);
  check('a second container reads what the first one wrote', one.exitCode === 0 && two.text === 'from the first\n');
  const kept = await readFile(join(store.volumes.get('shared').path, 'note'), 'utf8');
  check('both are gone, and the volume still has it', kept === 'from the first\n');
}

/** Step 9. */
export async function compareStarts({ store, directory, copies }) {
  step('9. What copy-on-write is worth', [
    'The time until a new container has its files, against that of copying the files of the image, the better of three times each.',
  ]);
  const copyFrom = await store.containers.create(IMAGE, { name: 'to_copy' });
  const mount = await store.containers.mount(copyFrom.id);
  const [made, copied] = [[], []];
  try {
    for (let round = 0; round < 3; round++) {
      made.push(await timed(() => makeAndMount(store)));
      const to = join(directory, `copy-${round}`);
      copied.push(await timed(() => fullCopy(mount.path, to)));
      await removeTree(to);
    }
  } finally {
    await mount.put();
    await store.containers.remove(copyFrom.id);
  }
  const [best, full] = [Math.min(...made), Math.min(...copied)];
  show([
    ['WAY', 'TIME'],
    ['a container, made and mounted', `${best.toFixed(1)} ms`],
    ['a full copy of its files', `${full.toFixed(1)} ms`],
  ]);
  // How much faster depends on the machine; that it need not copy does not.
  if (copies) tell('This driver copies, so that both take the same kind of time.');
  else tell('The first does not depend on how much the image holds.');
}

/** Step 10. */
export async function removeAll({ store }) {
  step('10. Nothing is left', [
    'Containers go first, then images: a layer goes when the last image or container that needs it has gone, and the cache of builds is one user more.',
  ]);
  await clear(store);
  command('rm --force $(graphdriver ps -aq)');
  command('prune --all --volumes --force');
  console.log('');
  check('the driver has no layer any more', (await store.driver.list()).length === 0);
  check('there is no volume any more', store.volumes.list().length === 0);
}

/** Removes whatever is in a store. */
export async function clear(store) {
  for (const { id } of store.runner.list()) await store.runner.remove(id, { force: true, volumes: true });
  await store.volumes.prune({ all: true });
  await store.prune({ all: true });
}

/** Where the file system could, cp would let the copy share its data: copy-on-write by another name. */
async function fullCopy(from, to) {
  await run('cp', ['-a', '--reflink=never', from, to]);
}

async function makeAndMount(store) {
  const { id } = await store.containers.create(IMAGE);
  const mount = await store.containers.mount(id);
  return async () => {
    await mount.put();
    await store.containers.remove(id);
  };
}

/** Milliseconds that `work` takes; what it returns is called to undo it, and does not count. */
async function timed(work) {
  const begun = performance.now();
  const undo = await work();
  const time = performance.now() - begun;
  await undo?.();
  return time;
}

async function exec(store, container, words) {
  const output = collector();
  const { exitCode } = await store.runner.exec(container, { command: words }, { stdout: output, stderr: collector() });
  return { exitCode, text: output.text() };
}

async function runToEnd(store, options) {
  const output = collector();
  const { id } = await store.runner.create(IMAGE, options);
  const { exitCode } = await store.runner.attach(id, { stdout: output, stderr: collector() });
  await store.runner.remove(id);
  return { exitCode, text: output.text() };
}

function collector() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() });
}

async function showSizes(store) {
  const rows = [];
  for (const { id, name, state } of store.runner.list().toReversed()) {
    const { size: own, virtualSize } = await store.containers.size(id);
    rows.push([short(id), name, state.status, `${size(own)} (virtual ${size(virtualSize)})`]);
  }
  show([['CONTAINER ID', 'NAME', 'STATUS', 'SIZE'], ...rows]);
}
