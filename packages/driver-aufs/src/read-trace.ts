import { resolve } from 'node:path';
import type { LayerTrace } from '@graphdriver/core';
import { DaemonClient } from './daemon/client.ts';
import { AufsLayout } from './layout.ts';

/**
 * What the mount of a layer has done since it was made: lookups by layer, what was known already, and its last thousand copy_ups, each with
 * its path, size and layer and the time that each part of it took. Plain data.
 *
 * `null` where the layer is not mounted, or is mounted without the daemon because it has no parent. The counters start anew when another
 * daemon takes the mount over.
 */
export function readTrace(root: string, id: string): Promise<LayerTrace | null> {
  return new DaemonClient(new AufsLayout(resolve(root))).trace(id);
}
