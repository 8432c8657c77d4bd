import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll } from 'vitest';

/** Others may have the machine for minutes. */
const PATIENCE = 900_000;

/** Gives the tests of a file their turn at the machine. They wait for it before their own time begins. */
export function takeMachineTurn(): void {
  let lock: AsyncDisposable | undefined;
  beforeAll(async () => {
    lock = await machineLock();
  }, PATIENCE);
  afterAll(() => lock?.[Symbol.asyncDispose]());
}
