import { withDiffs } from '@graphdriver/archive';
import type { Driver, DriverModule, OpenOptions } from '@graphdriver/core';
import { openManagedDriver, prepareRoot } from '@graphdriver/driver-kit';
import { createMounter } from '@graphdriver/host';
import { lookAtHost } from './host-facts.ts';
import { readOverlayFeatures } from './kernel-features.ts';
import { Overlay2Layout } from './layout.ts';
import { checkOptions } from './options.ts';
import { Overlay2Backend } from './overlay2-backend.ts';
import { overlay2Capabilities } from './overlay2-capabilities.ts';
import { Overlay2Diffs } from './overlay2-diffs.ts';
import { probe, refusalOf } from './probe.ts';

/** Layers are directories, and the kernel's overlay file system shows a chain of them as one: Docker's driver of the same name. */
export const overlay2: DriverModule = {
  name: 'overlay2',
  summary:
    "Stacks directories by the kernel's overlay; a file is copied whole at its first write. The best choice on most hosts.",
  probe,
  open,
};

async function open(options: OpenOptions): Promise<Driver> {
  const { root, mountWith } = checkOptions(options);
  // The mount that this tries also loads the kernel's module: what it knows can be read only then.
  const facts = await lookAtHost({ root, mountWith });
  const refusal = refusalOf(facts, root);
  if (refusal !== undefined) throw refusal;
  const layout = new Overlay2Layout(prepareRoot(root));
  const backend = new Overlay2Backend({
    layout,
    mounter: createMounter(mountWith),
    features: readOverlayFeatures(),
    capabilities: overlay2Capabilities(facts),
  });
  const managed = await openManagedDriver(backend, { root: layout.root, mountWith });
  return withDiffs(managed, new Overlay2Diffs(managed, layout));
}
