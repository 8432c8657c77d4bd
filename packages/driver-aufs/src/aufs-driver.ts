import { mkdirSync } from 'node:fs';
import { withDiffs } from '@graphdriver/archive';
import type { Driver, DriverModule, OpenOptions } from '@graphdriver/core';
import { openManagedDriver, prepareRoot, requireSuitable, settingsOf } from '@graphdriver/driver-kit';
import { createMounter, FuseDevice } from '@graphdriver/host';
import { AufsBackend } from './aufs-backend.ts';
import { AufsDiffs } from './aufs-diffs.ts';
import { DaemonClient } from './daemon/client.ts';
import { AufsLayout } from './layout.ts';
import { cacheEntriesOf, checkOptions, SETTINGS, wantsPassthrough } from './options.ts';
import { probe, probeRequest } from './probe.ts';
import { readTrace } from './read-trace.ts';

/** Layers are directories in AUFS's format, stacked by a file system of our own that speaks the kernel's FUSE protocol. */
export const aufs: DriverModule = {
  name: 'aufs',
  summary:
    'Stacks directories by a union file system of our own, over FUSE; a file is copied whole at its first write, and every copy is accounted for.',
  settings: SETTINGS,
  probe,
  open,
  readTrace,
};

async function open(options: OpenOptions): Promise<Driver> {
  const given = checkOptions(options);
  const { mountWith } = given;
  requireSuitable(probeRequest(given));
  FuseDevice.open().close();
  const layout = new AufsLayout(prepareRoot(given.root));
  const { root } = layout;
  const settings = settingsOf({ driver: 'aufs', root, settings: given.settings, known: SETTINGS });
  const passthrough = wantsPassthrough(settings);
  for (const room of AufsLayout.rooms) mkdirSync(layout.room(room), { recursive: true, mode: 0o700 });
  const backend = new AufsBackend({
    layout,
    mounter: createMounter(mountWith),
    daemon: new DaemonClient(layout),
    passthrough,
    cacheEntries: cacheEntriesOf(settings),
  });
  const managed = await openManagedDriver(backend, { ...given, root });
  return withDiffs(managed, new AufsDiffs(managed, layout));
}
