import { type DriverModule, openOptions, type ProbeReport, type SelectRequest } from '@graphdriver/core';
import { commandExists, createMounter } from '@graphdriver/host';
import type { DriverSource } from '../composition.ts';
import { isIn } from './ask-fuse.ts';
import type { DoctorFacts, FuseSilence, LeftoverFacts, ToolFacts } from './facts.ts';
import { TOOLS } from './judge-tools.ts';
import { lookAtGround } from './look-at-ground.ts';
import { lookAtKernel } from './look-at-kernel.ts';
import { lookAtLeftovers } from './look-at-leftovers.ts';

/**
 * Looks at the host and the root. Takes some tenths of a second, most of them for the drivers' trials, which leave nothing; two
 * seconds more where a FUSE server does not answer.
 *
 * Opens no root and takes no lock. Where the ground does not answer, drivers are not asked: they would wait for it as well.
 */
export async function look(drivers: readonly DriverSource[], request: SelectRequest): Promise<DoctorFacts> {
  const { root, driver = null, mountWith = 'auto' } = request;
  const ground = await lookAtGround(root);
  const seen = { root, requested: driver, kernel: lookAtKernel(), ground, tools: lookAtTools(mountWith) };
  if (ground.silence !== null) return { ...seen, reports: [], leftovers: NOTHING_LEFT };
  // Before the probes, whose own folders are no leftovers.
  const leftovers = await lookAtLeftovers(root, ground.directory);
  const reports = await Promise.all(drivers.map(({ module }) => probe(module, request, leftovers.fuse)));
  return { ...seen, reports, leftovers };
}

const NOTHING_LEFT: LeftoverFacts = { books: [], mounts: [], fuse: [], loops: [], trials: [] };

/** What a driver says of itself, or what keeps it from being asked. */
async function probe(module: DriverModule, request: SelectRequest, fuse: readonly FuseSilence[]): Promise<ProbeReport> {
  const options = openOptions(module, request);
  if (!isIn(options.root, fuse)) return await module.probe(options);
  const check = { check: 'filesystem', required: true, passed: false, why: `${options.root} does not answer.` };
  const remedy = 'See the FUSE mount among the leftovers.';
  const { name: driver } = module;
  return {
    driver,
    usable: false,
    checks: [{ ...check, remedy }],
    filesystem: 'fuse',
    priorState: false,
    capabilities: null,
  };
}

function lookAtTools(mountWith: string): ToolFacts {
  return {
    systemCalls: createMounter().route === 'syscall',
    mountWith,
    missing: TOOLS.map(({ command }) => command).filter((command) => !commandExists(command)),
  };
}
