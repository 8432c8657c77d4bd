import { readFileSync } from 'node:fs';
import { commandExists } from '@graphdriver/host';
import { StoreError } from '../store-error.ts';
import type { RuntimeName } from './process-spec.ts';

const CHROOT_COMMANDS = ['sh', 'unshare', 'nsenter', 'setpriv', 'setsid', 'mount'] as const;
const HYBRID_CONTROLLERS = '/sys/fs/cgroup/unified/cgroup.controllers';

/** Why this host cannot run containers by `runtime`, as a sentence; `null` where it can. */
export function runtimeReason(runtime: RuntimeName): string | null {
  const needed = runtime === 'chroot' ? CHROOT_COMMANDS : [runtime];
  const missing = needed.find((command) => !commandExists(command));
  if (missing !== undefined) return `There is no command ${missing}.`;
  // crun refuses to start anything there, whatever it is told about cgroups.
  if (runtime === 'crun' && readController() !== '') return 'crun does not work beside both versions of cgroups.';
  return null;
}

/**
 * The runtime that is used: the one asked for, else crun, runc or chroot, whichever is the first that works here.
 *
 * @throws {StoreError} `RUNTIME_FAILED` where none does
 */
export function chooseRuntime(asked?: RuntimeName): RuntimeName {
  const candidates: readonly RuntimeName[] = asked === undefined ? ['crun', 'runc', 'chroot'] : [asked];
  const reasons = candidates.map((name) => ({ name, reason: runtimeReason(name) }));
  const found = reasons.find(({ reason }) => reason === null);
  if (found !== undefined) return found.name;
  throw new StoreError('RUNTIME_FAILED', `Nothing can run a container here: ${reasons.at(-1)?.reason ?? ''}`, {
    hint: 'Install crun, runc or util-linux.',
    details: { reasons, exitCode: 125 },
  });
}

function readController(): string {
  try {
    return readFileSync(HYBRID_CONTROLLERS, 'latin1').trim();
  } catch {
    return '';
  }
}
