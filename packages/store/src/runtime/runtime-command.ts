import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  commandExists,
  commandPath,
  type ProcessIdentity,
  processIdentity,
  writeFileAtomicSync,
} from '@graphdriver/host';
import { chrootCommand } from './chroot-command.ts';
import type { ContainerFiles } from './container-files.ts';
import { ociConfig } from './oci-config.ts';
import type { PreparedContainer } from './prepare-container.ts';
import type { RuntimeName } from './process-spec.ts';
import type { Connection } from './streams.ts';

/** How a container is started, whichever runtime does it. */
export interface RuntimeCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** The first process; `undefined` as long as it is not known, and when it has ended. `pid` is that of the command. */
  first(pid: number): ProcessIdentity | undefined;
}

/** Writes what the runtime is to read and says how to call it. */
export function runtimeCommand(container: PreparedContainer, connection: Connection): RuntimeCommand {
  return container.runtime === 'chroot'
    ? byChroot(container, connection)
    : byOci(container, container.runtime, connection);
}

/** The command that ends and clears away the container, where it does not end with the runtime's process. */
export function runtimeRemedy({ id, files, runtime }: PreparedContainer): readonly string[] | undefined {
  return runtime === 'chroot' ? undefined : [runtime, ...ociArguments(files), 'delete', '--force', id];
}

/** The arguments that all calls of crun or runc for this container begin with. */
export function ociArguments(files: ContainerFiles, log: string = files.runtimeLog): string[] {
  return ['--root', files.runtimeState, '--log', log, '--log-format', 'json'];
}

function byOci(
  container: PreparedContainer,
  runtime: Exclude<RuntimeName, 'chroot'>,
  { size }: Connection,
): RuntimeCommand {
  const { id, files } = container;
  writeFileAtomicSync(files.config, JSON.stringify(ociConfig({ ...container, size })));
  const run = ['run', '--bundle', files.directory, '--pid-file', files.started, id];
  const args = [...ociArguments(files), ...run];
  // A runtime that is still at its preparations must not finish them when nobody is there any more.
  const dying = commandExists('setpriv');
  return {
    command: dying ? 'setpriv' : runtime,
    args: dying ? ['--pdeathsig', 'KILL', '--', runtime, ...args] : args,
    first: () => processIn(files.started),
  };
}

function byChroot(container: PreparedContainer, { console }: Connection): RuntimeCommand {
  const { spec, process, mounts, files } = container;
  const unshare = commandPath('unshare') ?? 'unshare';
  const request = { spec, process, mounts, unshare, console, complaints: files.runtimeLog, done: files.started };
  return {
    ...chrootCommand(request),
    // unshare, and the waiting shell: see chrootCommand.
    first: (pid) => {
      if (!existsSync(files.started)) return undefined;
      return onlyChild(onlyChild(pid)?.pid);
    },
  };
}

/** The process whose number stands in a file; `undefined` where there is no such file, or process any more. */
export function processIn(path: string): ProcessIdentity | undefined {
  try {
    return processIdentity(Number(readFileSync(path, 'latin1')));
  } catch {
    return undefined;
  }
}

/** The child of a process that has no more than one. */
export function onlyChild(pid: number | undefined): ProcessIdentity | undefined {
  if (pid === undefined) return undefined;
  try {
    const child = readFileSync(join('/proc', String(pid), 'task', String(pid), 'children'), 'latin1').trim();
    return child === '' ? undefined : processIdentity(Number(child.split(' ')[0]));
  } catch {
    return undefined;
  }
}
