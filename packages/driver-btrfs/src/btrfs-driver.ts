import { withDiffs } from '@graphdriver/archive';
import type { Driver, DriverModule, OpenOptions } from '@graphdriver/core';
import { checkOpenOptions, openManagedDriver, prepareRoot, requireSuitable, settingsOf } from '@graphdriver/driver-kit';
import { createMounter } from '@graphdriver/host';
import { BtrfsBackend } from './btrfs-backend.ts';
import { btrfsCapabilities } from './btrfs-capabilities.ts';
import { BtrfsDiffs } from './btrfs-diffs.ts';
import { LayerSubvolumes } from './layer-subvolumes.ts';
import { BtrfsLayout } from './layout.ts';
import { SETTINGS } from './options.ts';
import { prepareQuotas, prepareRooms, refuseForeignLayers } from './prepare-filesystem.ts';
import { probe, probeRequest } from './probe.ts';
import { subvolumeRoute } from './subvolume-route.ts';

/** Layers are subvolumes and children are snapshots, which share every block until it changes: Docker's driver of the same name. */
export const btrfs: DriverModule = {
  name: 'btrfs',
  summary:
    'Snapshots of btrfs subvolumes: a first write copies one block, whatever the size of the file. Needs a root on btrfs.',
  settings: SETTINGS,
  probe,
  open,
};

async function open(options: OpenOptions): Promise<Driver> {
  const given = checkOpenOptions(options, { driver: 'btrfs', known: SETTINGS });
  requireSuitable(probeRequest(given));
  const root = prepareRoot(given.root);
  const settings = settingsOf({ driver: 'btrfs', root, settings: given.settings, known: SETTINGS });
  const layout = new BtrfsLayout(root);
  refuseForeignLayers(layout);
  const subvolumes = new LayerSubvolumes(layout, subvolumeRoute(given.mountWith));
  const capabilities = btrfsCapabilities({ quota: settings['quota'] === 'on' });
  const mounter = createMounter(given.mountWith);
  const backend = new BtrfsBackend({ layout, subvolumes, mounter, capabilities });
  const managed = await openManagedDriver(backend, { ...given, root });
  try {
    // Only now, when the root is known to be this driver's.
    prepareRooms(layout);
    if (settings['quota'] === 'on') await prepareQuotas(layout);
  } catch (error) {
    await managed.close();
    throw error;
  }
  return withDiffs(managed, new BtrfsDiffs(managed, layout, subvolumes));
}
