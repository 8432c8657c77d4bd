import { expect, test } from 'vitest';
import { whileHeld } from '../src/index.ts';
import { opened } from './scratch-root.ts';

test('a layer is held as long as what was made of it is not disposed of', async () => {
  const { driver } = await opened();
  await driver.create('x');
  const looking = await whileHeld(await driver.reading('x', {}), () => ({ answer: 42 }));
  expect(looking.answer).toBe(42);
  await expect(driver.remove('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  await looking[Symbol.asyncDispose]();
  await driver.remove('x');
});

test('a look that fails lets go of the layer', async () => {
  const { driver } = await opened();
  await driver.create('x');
  const looking = whileHeld(await driver.reading('x', {}), () => {
    throw new Error('It is not there.');
  });
  await expect(looking).rejects.toThrow('It is not there.');
  await driver.remove('x');
});
