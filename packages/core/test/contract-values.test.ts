import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertLayerId,
  checkSettings,
  isLayerId,
  isStorageError,
  refuseUnknownKeys,
  STORAGE_ERROR_CODES,
  StorageError,
  throwIfAborted,
} from '../src/index.ts';

describe('layer ids', () => {
  it.each(['a', 'A9', 'a.b-c_d', `${'f'.repeat(64)}-init`, 'x'.repeat(128)])('%s is one', (id) => {
    expect(isLayerId(id)).toBe(true);
  });

  it.each(['', '.', '..', '-a', '_a', 'a/b', 'a b', 'é', 'a\n', 'x'.repeat(129), null, 7])('%j is none', (id) => {
    expect(isLayerId(id)).toBe(false);
    expect(() => assertLayerId(id)).toThrow(TypeError);
  });

  it('never leave the directory that they are joined to', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        if (isLayerId(id)) expect(new URL(id, 'file:///root/').pathname).toBe(`/root/${id}`);
      }),
    );
  });
});

describe('StorageError', () => {
  it('is recognised across two copies of the package by its name', () => {
    class StorageErrorOfAnotherCopy extends Error {
      override readonly name = 'StorageError';
      readonly code = 'LAYER_IN_USE';
    }
    expect(isStorageError(new StorageErrorOfAnotherCopy(), 'LAYER_IN_USE')).toBe(true);
    expect(isStorageError(new StorageErrorOfAnotherCopy(), 'LAYER_EXISTS')).toBe(false);
  });

  it('is not every error with a code', () => {
    expect(isStorageError(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toBe(false);
    expect(isStorageError({ name: 'StorageError', code: 'LAYER_IN_USE' })).toBe(false);
  });

  it('keeps hint, cause and details', () => {
    const cause = new Error('underneath');
    const error = new StorageError('OUT_OF_SPACE', 'The disk is full.', {
      hint: 'Free some.',
      cause,
      details: { free: 0 },
    });
    expect([error.code, error.hint, error.cause, error.details]).toEqual([
      'OUT_OF_SPACE',
      'Free some.',
      cause,
      { free: 0 },
    ]);
  });

  it('has each code once', () => {
    expect(new Set(STORAGE_ERROR_CODES).size).toBe(STORAGE_ERROR_CODES.length);
  });
});

describe('arguments', () => {
  it('with unknown keys are refused', () => {
    expect(() => refuseUnknownKeys({ parent: 'a', parnet: 'b' }, ['parent'], 'create')).toThrow(TypeError);
    expect(() => refuseUnknownKeys({ parent: 'a' }, ['parent'], 'create')).not.toThrow();
    expect(() => refuseUnknownKeys(undefined, [], 'create')).not.toThrow();
  });

  it('with an aborted signal end the call with ABORTED', () => {
    expect(() => throwIfAborted(AbortSignal.abort('enough'), 'The create')).toThrow(
      expect.objectContaining({ code: 'ABORTED', cause: 'enough' }),
    );
    expect(() => throwIfAborted(new AbortController().signal, 'The create')).not.toThrow();
    expect(() => throwIfAborted(undefined, 'The create')).not.toThrow();
  });
});

describe('settings of a driver', () => {
  const known = [
    { key: 'redirect_dir', values: ['off', 'on'], summary: 'Lets directories be renamed.' },
    { key: 'size', values: null, summary: 'Limits what a layer takes.' },
  ];

  it('pass as they are, or left out', () => {
    expect(checkSettings({ redirect_dir: 'on', size: '3' }, known, 'some')).toEqual({ redirect_dir: 'on', size: '3' });
    expect(checkSettings(undefined, known, 'some')).toEqual({});
  });

  it.each([{ other: 'on' }, { redirect_dir: 'maybe' }, { size: 3 }, null])('%j are refused', (settings) => {
    expect(() => checkSettings(settings as never, known, 'some')).toThrow(TypeError);
  });
});
