// The classic walk-through of images, layers and containers, on the storage driver of your choice. It prints what it does and why, and
// checks every outcome. Run it as root: node examples/copy-on-write/main.js overlay2 /var/tmp
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aufs } from '@graphdriver/driver-aufs';
import { btrfs } from '@graphdriver/driver-btrfs';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { vfs } from '@graphdriver/driver-vfs';
import { zfs } from '@graphdriver/driver-zfs';
import { removeTree } from '@graphdriver/host';
import { openStore } from '@graphdriver/store';
import { clear, compareStarts, removeAll, removeOne, shareVolume, startFive, writeInOne } from './containers.js';
import { baseImage, compareHistories, finalImage, smallImage } from './images.js';
import { tell } from './telling.js';

const MODULES = [overlay2, btrfs, zfs, aufs, vfs];

const [name = 'overlay2', parent = tmpdir()] = process.argv.slice(2);
const module = MODULES.find((one) => one.name === name);
if (module === undefined) throw new Error(`The drivers are ${MODULES.map((one) => one.name).join(', ')}.`);

const directory = await mkdtemp(join(parent, 'copy-on-write-'));
try {
  const driver = await module.open({ root: join(directory, module.name) });
  const store = await openStore({ root: join(directory, 'store'), driver, ownsDriver: true });
  try {
    tell(`The walk-through on ${driver.name}: ${module.summary}`);
    const walk = { store, directory, copies: driver.capabilities.copyOnWrite === 'none' };
    for (const step of [
      smallImage,
      baseImage,
      finalImage,
      compareHistories,
      startFive,
      writeInOne,
      removeOne,
      shareVolume,
      compareStarts,
      removeAll,
    ])
      await step(walk);
    tell('Every outcome was as it should be.');
  } finally {
    // Layers are the driver's to remove: its files may be no plain folders.
    await clear(store);
    await store.close();
  }
} finally {
  await removeTree(directory);
}
