import { errnoError, setFaultHandler } from '@graphdriver/host';

const EIO = 5;

/** How a call ended of whose steps one was to fail. */
export interface FailedStep {
  readonly failed: boolean;
  /** The call came as far as that step. A call that got over its failure has `reached` and not `failed`. */
  readonly reached: boolean;
}

/** Runs `act` with the nth of its state-changing system calls failing, as on a broken disk. One at a time in a process. */
export async function failStep(step: number, act: () => Promise<unknown>): Promise<FailedStep> {
  let passed = 0;
  setFaultHandler((call, path) => {
    passed += 1;
    if (passed === step) throw errnoError(call, EIO, path);
  });
  try {
    await act();
    return { failed: false, reached: passed >= step };
  } catch {
    return { failed: true, reached: passed >= step };
  } finally {
    setFaultHandler(undefined);
  }
}

/**
 * Lets the first step of `act` fail, then the second, and so on until it succeeds; after each failure `look` looks at what is left.
 * Returns how often it failed.
 */
export async function failEachStep(act: () => Promise<unknown>, look: () => Promise<void>): Promise<number> {
  for (let step = 1; ; step += 1) {
    if (!(await failStep(step, act)).failed) return step - 1;
    await look();
  }
}
