// The first half: images are made of layers, and layers are shared.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeTree } from '@graphdriver/host';
import { smallFiles } from './small-files.js';
import { check, command, short, show, size, step } from './telling.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Step 1. */
export async function smallImage({ store, directory }) {
  step('1. An image to start from', [
    'No registry is asked: the image is made of a shell and a few programs of this machine, and 16 MiB of data. It has one layer.',
  ]);
  const files = join(directory, 'files');
  await smallFiles(files);
  await store.images.importFolder(files, { reference: 'small:1', config: { Cmd: ['sh'] } });
  await removeTree(files);
  command('import ./files small:1');
  showImages(store);
}

/** Step 2. */
export async function baseImage({ store, copies }) {
  const before = (await store.df()).images.total;
  await build(store, 'base', 'acme/my-base-image:1.0');
  const grown = (await store.df()).images.total - before;
  step('2. A base image', [
    'Its Dockerfile says FROM small:1, and COPY hello.sh /app/. COPY changes files, so it makes a layer, which holds nothing but the change.',
  ]);
  command('build -t acme/my-base-image:1.0 ./base');
  showImages(store);
  if (copies) {
    check(`the disk holds ${size(grown)} more: this driver makes each layer a full copy`, grown > DATA);
  } else check(`the disk holds no more than ${size(grown)} more, for one script and its folders`, grown < 256 * 1024);
}

const DATA = 16 * 1024 * 1024;

/** Step 3. */
export async function finalImage({ store }) {
  const before = (await store.df()).images.total;
  await build(store, 'final', 'acme/my-final-image:1.0');
  const grown = (await store.df()).images.total - before;
  step('3. A second image on the first', [
    'Its Dockerfile says FROM acme/my-base-image:1.0, and CMD. CMD changes no file: there is a new configuration, and no new layer.',
  ]);
  command('build -t acme/my-final-image:1.0 ./final');
  showImages(store);
  const listed = store.images.list().reduce((sum, image) => sum + image.size, 0);
  check(
    `three images say that they have ${size(listed)} in all, and the third one took nothing of the disk`,
    grown === 0,
  );
}

/** Step 4. */
export async function compareHistories({ store }) {
  step('4. The same layers under both', [
    'A layer is known by the digest of its content. Where two images show the same digest it is the same layer, and it is stored once.',
  ]);
  const histories = ['acme/my-base-image:1.0', 'acme/my-final-image:1.0'].map((image) => {
    const history = store.images.history(image);
    command(`history ${image}`);
    show([
      ['IMAGE', 'CREATED BY', 'LAYER', 'SIZE'],
      ...history.map((line) => [
        short(line.image),
        line.createdBy === '' ? line.comment : line.createdBy,
        line.layer === null ? 'none' : short(line.layer),
        size(line.size),
      ]),
    ]);
    return history;
  });
  const [base, final] = histories.map((history) => history.map(({ layer }) => layer));
  check('below its first line the second history is the first one', sameList(final.slice(1), base));
  check('that first line is CMD: 0B, and no layer', final[0] === null && histories[1][0].size === 0);
}

async function build(store, folder, tag) {
  await store.build({ context: join(here, folder), tags: [tag] });
}

function showImages(store) {
  const rows = store.images.list().map(({ id, size: bytes, references, layers }) => {
    const name = references[0].replace('docker.io/', '').replace('library/', '');
    return [name, short(id), layers, size(bytes)];
  });
  show([['IMAGE', 'ID', 'LAYERS', 'SIZE'], ...rows.toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

function sameList(some, others) {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}
