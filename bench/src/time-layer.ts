import { type BenchCase, isOnGround } from './bench-case.ts';
import { type BenchTarget, loadDriver, openOptions } from './bench-target.ts';
import { makeWorkspace } from './bench-workspace.ts';
import { buildCopyUpImage } from './copy-up-image.ts';

/** Chains up to this long are made anyway: finding out would cost as much. */
const SHORT = 16;
/** Layers that are made to find out. */
const TRIED = 4;

/**
 * Milliseconds that a target takes for one layer more in a chain, found out by making some and removing them; 0 where the cases need no
 * long chain, where `signal` is aborted, or where it fails, which the rounds will tell.
 *
 * Drivers differ by a factor of a thousand here: overlay2 takes a few milliseconds, Docker's commit some hundred, and zfs-fuse seconds.
 */
export async function timeLayer(
  target: BenchTarget,
  cases: readonly BenchCase[],
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  if (!cases.some((of) => (isOnGround(of) || of.workload === 'chain') && of.layers > SHORT)) return 0;
  try {
    await using workspace = makeWorkspace(target);
    const module = await loadDriver(target.source);
    await using driver = await module.open(openOptions(workspace.root, target));
    const build = async (layers: number): Promise<number> => {
      const start = performance.now();
      await using _image = await buildCopyUpImage(
        driver,
        { files: [], chains: { home: layers, every: 1 } },
        { seed: 1, signal },
      );
      return performance.now() - start;
    };
    const bottom = await build(1);
    return Math.max(0, (await build(1 + TRIED)) - bottom) / TRIED;
  } catch {
    return 0;
  }
}
