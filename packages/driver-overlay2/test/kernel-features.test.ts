import { describe, expect, test } from 'vitest';
import { overlayFeatures } from '../src/kernel-features.ts';

describe('what a kernel’s overlay can be told', () => {
  test('a current kernel knows all of it', () => {
    const names = [
      'check_copy_up',
      'index',
      'metacopy',
      'nfs_export',
      'redirect_always_follow',
      'redirect_dir',
      'redirect_max',
      'xino_auto',
    ];
    expect(overlayFeatures(names, '6.18.44\n')).toEqual({
      present: true,
      index: true,
      redirectDir: 'nofollow',
      metacopy: true,
      volatile: true,
    });
  });

  test('before 4.15 a redirect that is off is not followed either', () => {
    expect(overlayFeatures(['redirect_dir', 'index'], '4.14.336').redirectDir).toBe('off');
  });

  test('volatile came with 5.10', () => {
    expect(overlayFeatures(['index'], '5.9.16-050916-generic').volatile).toBe(false);
    expect(overlayFeatures(['index'], '5.10.0-28-amd64').volatile).toBe(true);
  });

  test('a kernel without the module knows nothing', () => {
    expect(overlayFeatures(null, '6.18.44')).toEqual({
      present: false,
      index: false,
      redirectDir: null,
      metacopy: false,
      volatile: false,
    });
  });
});
