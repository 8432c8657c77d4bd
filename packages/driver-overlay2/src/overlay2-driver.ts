import { type DiffSource, withDiffs } from '@graphdriver/archive';
import type { Driver, DriverModule, DriverSettings, OpenOptions } from '@graphdriver/core';
import { checkOpenOptions, type ManagedDriver, openManagedDriver, prepareRoot } from '@graphdriver/driver-kit';
import { createMounter } from '@graphdriver/host';
import type { HostFacts } from './host-facts.ts';
import { readOverlayFeatures } from './kernel-features.ts';
import { Overlay2Layout } from './layout.ts';
import { MountedDiffs } from './mounted-diffs.ts';
import { OVERLAY2_SETTINGS, overlaySettings } from './options.ts';
import { Overlay2Backend } from './overlay2-backend.ts';
import { hasNativeDiff, overlay2Capabilities } from './overlay2-capabilities.ts';
import { Overlay2Diffs } from './overlay2-diffs.ts';
import { probe, refusalOf } from './probe.ts';
import { LayerQuotas } from './quotas.ts';
import { factsOfHost, rememberFacts } from './remembered-facts.ts';

/** Layers are directories, and the kernel's overlay file system shows a chain of them as one: Docker's driver of the same name. */
export const overlay2: DriverModule = {
  name: 'overlay2',
  summary:
    "Stacks directories by the kernel's overlay; a file is copied whole at its first write. The best choice on most hosts.",
  settings: OVERLAY2_SETTINGS,
  probe,
  open,
};

async function open(options: OpenOptions): Promise<Driver> {
  const checked = checkOpenOptions(options, { driver: 'overlay2', known: OVERLAY2_SETTINGS });
  const { root, mountWith } = checked;
  const settings = overlaySettings(checked);
  // The mount that this tries also loads the kernel's module: what it knows can be read only then.
  const facts = await factsOfHost(checked, settings);
  const refusal = refusalOf(facts, root);
  if (refusal !== undefined) throw refusal;
  const layout = new Overlay2Layout(prepareRoot(root));
  const quotas = new LayerQuotas(layout, facts.projects);
  const backend = new Overlay2Backend({
    layout,
    mounter: createMounter(mountWith),
    manner: { ...readOverlayFeatures(), redirects: facts.redirects, userxattr: facts.userxattr },
    metacopy: facts.behaviour?.copiesWholeFiles === false,
    capabilities: overlay2Capabilities(facts),
    quotas,
  });
  const managed = await openManagedDriver(backend, { root: layout.root, mountWith, settings: lastingSettings(facts) });
  rememberFacts(checked, { redirects: facts.redirects, userxattr: facts.userxattr }, facts);
  return withDiffs(managed, diffsOf(managed, { layout, quotas, facts }));
}

/** What a new root keeps. The kernel's marks are in one kind of attribute or in the other, and a mount that reads the other is blind. */
function lastingSettings({ redirects, userxattr }: HostFacts): DriverSettings {
  return { redirect_dir: redirects ? 'on' : 'off', userxattr: userxattr ? 'on' : 'off' };
}

interface DiffParts {
  readonly layout: Overlay2Layout;
  readonly quotas: LayerQuotas;
  readonly facts: HostFacts;
}

function diffsOf(managed: ManagedDriver, { layout, quotas, facts }: DiffParts): DiffSource {
  if (!hasNativeDiff(facts)) return new MountedDiffs(managed, quotas);
  return new Overlay2Diffs(managed, { layout, quotas, notation: facts.userxattr ? 'overlay-user' : 'overlay' });
}
