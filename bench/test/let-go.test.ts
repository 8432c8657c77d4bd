import { type Mount, type PutOptions, StorageError } from '@graphdriver/core';
import { describe, expect, test } from 'vitest';
import { letGo } from '../src/let-go.ts';

/** A mount that answers `put` as told, and remembers how it was called. */
function mountThat(put: (options?: PutOptions) => void): Mount & { readonly calls: (PutOptions | undefined)[] } {
  const calls: (PutOptions | undefined)[] = [];
  return {
    calls,
    id: 'a',
    path: '/a',
    readOnly: false,
    holder: null,
    put: async (options) => {
      calls.push(options);
      put(options);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

describe('letGo', () => {
  test('detaches a mount only where somebody else is in it', async () => {
    const busy = mountThat((options) => {
      if (options?.detach !== true) throw new StorageError('LAYER_IN_USE', 'Somebody is in it.');
    });
    await letGo(busy);
    expect(busy.calls).toEqual([undefined, { detach: true }]);
    const idle = mountThat(() => undefined);
    await letGo(idle);
    expect(idle.calls).toEqual([undefined]);
  });

  test('passes any other failure on', async () => {
    const broken = mountThat(() => {
      throw new StorageError('SYSTEM_CALL_FAILED', 'It broke.');
    });
    await expect(letGo(broken)).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED' });
    expect(broken.calls).toHaveLength(1);
  });
});
