import { type DriverModule, StorageError } from '@graphdriver/core';
import type { ModuleSource } from '../bench-target.ts';
import * as modules from './peer-modules.ts';

// Found from the sources as well as from what they are compiled to.
const SPECIFIER = new URL('../../dist/peers/peer-modules.js', import.meta.url).href;

/** Another program that can be measured like a driver of ours, and where a round finds it. */
export interface KnownPeer {
  readonly module: DriverModule;
  readonly source: ModuleSource;
}

/** All programs that can be measured beside our drivers, whether or not they are installed here. */
export const knownPeers: readonly KnownPeer[] = Object.entries(modules).map(([name, module]) => ({
  module,
  source: { specifier: SPECIFIER, export: name },
}));

/** The peer of this name, as in `docker:overlay2`. @throws {StorageError} `UNSUPPORTED` */
export function peerNamed(name: string): KnownPeer {
  const found = knownPeers.find(({ module }) => module.name === name);
  if (found !== undefined) return found;
  throw new StorageError('UNSUPPORTED', `There is no peer ${name}.`, {
    hint: `Choose of ${knownPeers.map(({ module }) => module.name).join(', ')}.`,
  });
}
