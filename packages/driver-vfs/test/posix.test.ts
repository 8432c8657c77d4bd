import { examinePosix } from '@graphdriver/conformance/posix';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { expect, it } from 'vitest';
import { vfs } from '../src/index.ts';

const reason = requireOrSkip('vfs', privilegeReason());

it.skipIf(reason !== null)(
  `every case of POSIX passes on a copied layer${reason === null ? '' : `: ${reason}`}`,
  async () => {
    const { results } = await examinePosix({ module: vfs });
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  },
);
