import type { Digest } from '../../identity/digest.ts';
import type { BuildHost, BuiltStep } from '../build-host.ts';
import { type StepInput, stepKey } from '../cache-key.ts';
import { signalOf } from './step-context.ts';

/** Carries out a step unless that was done before. */
export type CachedStep = (
  parent: Digest | null,
  input: StepInput,
  change: (root: string) => Promise<void>,
) => Promise<BuiltStep>;

/** How steps use the cache. */
export interface CacheUse {
  readonly host: BuildHost;
  /** Nothing is looked up; what is made is remembered all the same. */
  readonly isOff: boolean;
  readonly onHit: (key: Digest) => void;
  /** The time that a step is made at. */
  readonly now: () => string;
  readonly signal: AbortSignal | undefined;
}

/** Makes the function by which steps use the cache of a host. */
export function cachedStep({ host, isOff, onHit, now, signal }: CacheUse): CachedStep {
  return async (parent, input, change) => {
    const key = stepKey(parent, input);
    const known = isOff ? undefined : await host.cached(key);
    if (known !== undefined) {
      onHit(key);
      return known;
    }
    const layer = await host.changeLayer(parent, change, signalOf(signal));
    const step: BuiltStep = { created: now(), layer };
    await host.remember(key, step);
    return step;
  };
}
