import { mkdirSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Capabilities, DriverModule, OpenOptions, ProbeCheck } from '@graphdriver/core';
import { commandExists, filesystemOf } from '@graphdriver/host';
import { privilegeReason } from '@graphdriver/testkit';
import type { PeerKind } from './peer.ts';
import { PeerDriver } from './peer-driver.ts';
import { endLeftovers } from './peer-place.ts';

/**
 * Another program as a driver, so that every workload that needs no more than layers and mounts runs on it as on ours.
 *
 * The books are in memory: an opened root begins empty, and nothing is left in it when it is closed. The program is started with the
 * first layer. Differences, leases, quotas and whatever else engines need are refused with `UNSUPPORTED`.
 */
export function peerModule(kind: PeerKind): DriverModule {
  const { name, summary } = kind;
  return {
    name,
    summary,
    async probe({ root }) {
      const filesystem = filesystemOf(root).name;
      const checks = checksOf(kind, filesystem);
      const usable = checks.every(({ passed }) => passed);
      return {
        driver: name,
        usable,
        checks,
        filesystem,
        priorState: false,
        capabilities: usable ? capabilitiesOf(kind) : null,
      };
    },
    open: async ({ root }: OpenOptions) => {
      if (!isAbsolute(root)) throw new TypeError('The root is an absolute path.');
      mkdirSync(root, { recursive: true });
      await endLeftovers(root);
      return new PeerDriver(kind, root, capabilitiesOf(kind));
    },
  };
}

function checksOf({ programs, filesystem, refusal }: PeerKind, found: string): readonly ProbeCheck[] {
  const privilege = privilegeReason() ?? refusal?.() ?? null;
  const missing = programs.filter((program) => !commandExists(program));
  const fits = filesystem === undefined || filesystem === found;
  return [
    { check: 'machine', required: true, passed: privilege === null, why: privilege ?? 'It can run and mount here.' },
    {
      check: 'programs',
      required: true,
      passed: missing.length === 0,
      why: missing.length === 0 ? 'Its programs are installed.' : `There is no command ${missing.join(', ')}.`,
    },
    { check: 'filesystem', required: true, passed: fits, why: `It ${fits ? 'works' : 'does not work'} on ${found}.` },
  ];
}

function capabilitiesOf({ copyOnWrite, maxDepth }: PeerKind): Capabilities {
  return {
    copyOnWrite,
    maxDepth,
    nativeDiff: false,
    quota: null,
    idMap: 'none',
    forks: false,
    mountLabel: false,
    timestampGranularity: 1,
    renameLowerDirectory: false,
    stableInodes: false,
    keepsHardLinks: false,
    sharesOpenFiles: false,
    readOnlyViews: false,
    volatile: false,
    portableMounts: false,
    sharedRoot: false,
    persistent: false,
  };
}
