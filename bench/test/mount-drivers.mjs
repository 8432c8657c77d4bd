// Drivers for the tests of programs in mounts and of many containers: the plainest one, with a known cost or a known fault.
import { readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { directory } from './fixture-drivers.mjs';

/** Milliseconds. */
const DELAY = 25;

function moduleOf(name, wrap) {
  return { ...directory, name, open: async (options) => wrap(await directory.open(options)) };
}

/** Takes 25 ms more for each get, put and remove of a container, however many there are at once. */
export const punctual = moduleOf('punctual', (driver) => {
  const isContainer = (id) => id.startsWith('container');
  const [get, remove] = [driver.get.bind(driver), driver.remove.bind(driver)];
  driver.get = async (id, options) => {
    const mount = await get(id, options);
    if (!isContainer(id)) return mount;
    await sleep(DELAY);
    return { ...mount, put: () => sleep(DELAY) };
  };
  driver.remove = async (id) => {
    if (isContainer(id)) await sleep(DELAY);
    await remove(id);
  };
  return driver;
});

/** Loses a file of every container. */
export const careless = moduleOf('careless', (driver) => {
  const get = driver.get.bind(driver);
  driver.get = async (id, options) => {
    const mount = await get(id, options);
    if (!id.startsWith('container')) return mount;
    const file = readdirSync(mount.path, { recursive: true, withFileTypes: true }).find((entry) => entry.isFile());
    rmSync(`${file.parentPath}/${file.name}`);
    return mount;
  };
  return driver;
});

/** Has room for three containers and no more. */
export const small = moduleOf('small', (driver) => {
  const create = driver.create.bind(driver);
  driver.create = async (id, options) => {
    if (id === 'container-3') throw new Error('no fourth container');
    await create(id, options);
  };
  return driver;
});
