import { withDiffs } from '@graphdriver/archive';
import type { Driver, DriverModule, OpenOptions } from '@graphdriver/core';
import { checkOpenOptions, openManagedDriver, prepareRoot, requireSuitable } from '@graphdriver/driver-kit';
import { createMounter } from '@graphdriver/host';
import { VfsLayout } from './layout.ts';
import { probe, probeRequest } from './probe.ts';
import { VfsBackend } from './vfs-backend.ts';
import { VfsDiffSource } from './vfs-diff-source.ts';

/** Every layer is a whole copy of its parent, sharing blocks where the file system can: Docker's driver of the same name. */
export const vfs: DriverModule = {
  name: 'vfs',
  summary:
    'Copies every layer in full, by reflink where it can. Works everywhere; for tests, and for reflinking file systems.',
  probe,
  open,
};

async function open(options: OpenOptions): Promise<Driver> {
  const given = checkOpenOptions(options, { driver: 'vfs' });
  requireSuitable(probeRequest(given));
  const root = prepareRoot(given.root);
  const layout = new VfsLayout(root);
  const backend = new VfsBackend(layout, createMounter(given.mountWith));
  const driver = await openManagedDriver(backend, { ...given, root });
  return withDiffs(driver, new VfsDiffSource(driver, layout));
}
