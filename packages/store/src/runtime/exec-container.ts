import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  changeFileOwner,
  commandPath,
  removeTree,
  type StartedProcess,
  sealDescriptors,
  signalProcess,
  startProcess,
  writeFileAtomicSync,
} from '@graphdriver/host';
import { isStoreError, refuseAborted, StoreError } from '../store-error.ts';
import { type Attended, type AttendOptions, attend } from './attend.ts';
import { chrootExecCommand } from './chroot-command.ts';
import { type ContainerFiles, containerFiles, EXEC_PREFIX } from './container-files.ts';
import { firstProcess, readContainerState } from './container-state.ts';
import { aborted, exitCodeOf, passWindowChange } from './launch.ts';
import { ociProcess, type ResolvedProcess } from './oci-config.ts';
import { resolveProcess } from './prepare-container.ts';
import type { ExecSpec } from './process-spec.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import type { ProcessResult } from './runtime.ts';
import { ociArguments, onlyChild, processIn } from './runtime-command.ts';
import { EXIT_CODES, notStarted, readComplaints } from './runtime-failure.ts';
import { type Connection, connectStreams, type ProcessStreams } from './streams.ts';

/** Options of {@link execInContainer}. */
export interface ExecOptions extends ProcessStreams, AttendOptions {}

// Who has left something in the background that holds the streams is not waited for.
const PATIENCE = 500;

/**
 * Runs another process in a running container, in all its namespaces, and waits for its end.
 *
 * It ends with the container at the latest, and not with this process.
 *
 * @throws {StoreError} `CONTAINER_NOT_RUNNING`; `RUNTIME_FAILED` for a user or directory that the container does not have; `ABORTED`
 */
export async function execInContainer(directory: string, spec: ExecSpec, options: ExecOptions): Promise<ProcessResult> {
  refuseAborted(options.signal, 'Running a process');
  const first = firstProcess(readContainerState(directory));
  if (first === undefined || readContainerState(directory).status !== 'running')
    throw new StoreError('CONTAINER_NOT_RUNNING', 'The container does not run.', { details: { directory } });
  const files = containerFiles(directory);
  const run = readRunRecord(files);
  const own = join(directory, `${EXEC_PREFIX}${randomBytes(6).toString('hex')}`);
  const connection = connectStreams(options, spec.tty ?? false);
  try {
    const process = resolveProcess(run.spec.rootfs, spec, run.spec.hostname);
    const exec: Exec = { files, run, spec, process, own, first: first.pid };
    const exitCode = await attend(async () => watched(exec, start(exec, connection), connection), options);
    if (options.signal?.aborted === true) throw aborted(options.signal);
    return { exitCode };
  } catch (error) {
    const exitCode = isStoreError(error, 'RUNTIME_FAILED') ? error.details['exitCode'] : undefined;
    if (exitCode === EXIT_CODES.notExecutable || exitCode === EXIT_CODES.notFound) return { exitCode };
    throw error;
  } finally {
    connection.handOver();
    connection.close();
    for (const suffix of ['.json', '.pid', '.log']) await removeTree(`${own}${suffix}`);
  }
}

interface Exec {
  readonly files: ContainerFiles;
  readonly run: RunRecord;
  readonly spec: ExecSpec;
  readonly process: ResolvedProcess;
  /** The beginning of the names of its own files. */
  readonly own: string;
  readonly first: number;
}

function start(exec: Exec, connection: Connection): StartedProcess {
  const { run, spec, process } = exec;
  if (run.runtime === 'chroot') {
    sealDescriptors();
    for (const fd of connection.owned) changeFileOwner(fd, process.user.uid, process.user.gid);
  }
  const { command, args } =
    run.runtime === 'chroot'
      ? chrootExecCommand(exec.first, run.spec.rootfs, spec, process, commandPath('unshare') ?? 'unshare')
      : ociExec(exec, run.runtime, connection);
  const child = startProcess(command, args, { ...connection.modes, cwd: '/', detached: true });
  connection.handOver();
  if (run.runtime !== 'chroot') connection.onResize(() => passWindowChange(child));
  return child;
}

function ociExec(exec: Exec, command: string, { size }: Connection): { command: string; args: string[] } {
  const { files, run, spec, process, own } = exec;
  writeFileAtomicSync(`${own}.json`, JSON.stringify(ociProcess(spec, process, size)));
  const args = ['exec', '--process', `${own}.json`, '--pid-file', `${own}.pid`, run.id];
  return { command, args: [...ociArguments(files, `${own}.log`), ...args] };
}

function watched(exec: Exec, child: StartedProcess, connection: Connection): Attended {
  const { own, run } = exec;
  const isChroot = run.runtime === 'chroot';
  return {
    signal(name) {
      const target = isChroot ? onlyChild(child.pid) : processIn(`${own}.pid`);
      return target !== undefined && signalProcess(target, name);
    },
    ended: (async () => {
      const end = await child.ended;
      await Promise.race([connection.drained(), setTimeout(PATIENCE, undefined, { ref: false })]);
      if (!isChroot && !existsSync(`${own}.pid`))
        throw notStarted(exec.spec.args[0] ?? '', readComplaints(`${own}.log`));
      return exitCodeOf(end);
    })(),
  };
}
