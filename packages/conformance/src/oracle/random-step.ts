import fc from 'fast-check';
import { HIGH_OWNER, type KeptAttributes, SET_ID_MODE } from './kept-attributes.ts';

/** One change to a tree. Paths are made of few names, so that steps meet; a step that cannot be done fails on both sides alike. */
export type TreeStep =
  | { readonly do: 'write' | 'append'; readonly path: string; readonly length: number }
  | { readonly do: 'truncate'; readonly path: string; readonly length: number }
  | { readonly do: 'rewrite-unnoticed'; readonly path: string }
  | { readonly do: 'mkdir' | 'rmdir' | 'remove-tree' | 'unlink' | 'symlink' | 'fifo'; readonly path: string }
  | { readonly do: 'rename' | 'link'; readonly path: string; readonly to: string }
  | { readonly do: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly do: 'chown'; readonly path: string; readonly owner: number }
  | { readonly do: 'set-attribute'; readonly path: string; readonly name: string; readonly length: number };

/** One thing done to layers. `transplant` goes on in a sibling that was made out of the layer's diff. */
export type LayerStep = { readonly do: 'commit' | 'fork' | 'switch' | 'remount' | 'transplant' };

/** One step of a random history. */
export type Step = TreeStep | LayerStep;

const path = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'));

const length = fc.constantFrom(0, 1, 7, 512, 5000, 70_000);

function treeStep({ highOwner, setIdBits }: KeptAttributes): fc.Arbitrary<TreeStep> {
  const mode = fc.constantFrom(0o600, 0o755, setIdBits ? SET_ID_MODE : 0o711, 0o1777);
  const owner = fc.constantFrom(0, 1000, highOwner ? HIGH_OWNER : 0x7fff_fffe);
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('write', 'append'), path, length }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('mkdir', 'remove-tree', 'unlink'), path }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rmdir', 'symlink', 'fifo'), path }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('rename', 'link'), path, to: path }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate'), path, length }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('rewrite-unnoticed'), path }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('chmod'), path, mode }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('chown'), path, owner }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('set-attribute'),
        path,
        name: fc.constantFrom('trusted.x', 'trusted.y'),
        length: fc.constantFrom(0, 3, 90),
      }),
    },
  );
}

const layerStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'commit' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'transplant' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'fork' }, { do: 'switch' }, { do: 'remount' }) },
);

/** Random changes to one layer of what is `kept`. */
export function treeHistories(kept: KeptAttributes): fc.Arbitrary<TreeStep[]> {
  return fc.array(treeStep(kept), { maxLength: 20, size: 'max' });
}

/** Random histories of what is `kept`; a failing one is made shorter by fast-check until every step in it is needed. */
export function histories(kept: KeptAttributes): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 7, arbitrary: treeStep(kept) },
    { weight: 1, arbitrary: layerStep },
  );
  return fc.array(step, { minLength: 1, maxLength: 60, size: 'max' });
}
