import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallOptions, Change } from '@graphdriver/core';
import { removeTree } from '@graphdriver/host';
import type { Books } from '../books.ts';
import type { CommitOptions } from '../containers/commit-container.ts';
import type { Container, Containers } from '../containers/containers.ts';
import type { ForkOptions } from '../containers/fork-container.ts';
import type { Digest } from '../identity/digest.ts';
import type { Images } from '../images/images.ts';
import { requireLayer } from '../layers/register-layer.ts';
import { quietly } from '../quietly.ts';
import { containerFiles } from '../runtime/container-files.ts';
import { type ContainerState, readContainerState } from '../runtime/container-state.ts';
import { type ExecOptions, execInContainer } from '../runtime/exec-container.ts';
import { madeMountPoints } from '../runtime/mount-points.ts';
import type { RuntimeName } from '../runtime/process-spec.ts';
import { type LogEntry, type LogOptions, readLogs } from '../runtime/read-logs.ts';
import type { ProcessResult } from '../runtime/runtime.ts';
import { runAttached, type StartRequest, startDetached } from '../runtime/start-container.ts';
import { killContainer, stopContainer, waitForContainer } from '../runtime/stop-container.ts';
import type { ProcessStreams } from '../runtime/streams.ts';
import { StoreError } from '../store-error.ts';
import { typedErrors } from '../typed-errors.ts';
import { type ContainerMount, makeMounts } from '../volumes/container-mounts.ts';
import type { Volumes } from '../volumes/volumes.ts';
import {
  type ContainerSpec,
  configOf,
  isContainerSpec,
  mergedEnvironment,
  processOf,
  specFor,
} from './container-spec.ts';
import { RUN_HOLDER, RunHold } from './run-hold.ts';
import type { RunOptions } from './run-options.ts';
import { signalNamed } from './signal-name.ts';

/** A container with what it runs, and how it stands with that. */
export interface RunnableContainer extends Omit<Container, 'spec' | 'state'> {
  /** `null` for one that was made for its files alone. */
  readonly spec: ContainerSpec | null;
  readonly state: ContainerState;
}

/** What a {@link Runner} works with. */
export interface RunnerParts {
  readonly books: Books;
  readonly images: Images;
  readonly containers: Containers;
  readonly volumes: Volumes;
  /** The program that becomes the monitor of a detached container; it gets the container's folder as its last argument. */
  readonly monitorCommand: readonly string[];
  readonly runtime: RuntimeName | undefined;
}

/** What to run beside the program of a container. */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly user?: string;
  readonly tty?: boolean;
}

/** Options of {@link Runner.remove}. */
export interface RemoveRunOptions extends CallOptions {
  /** Kills it first, if it runs. */
  readonly force?: boolean;
  /** Removes its anonymous volumes too. */
  readonly volumes?: boolean;
}

// Who waits for a container looks at its folder so often that it finds out how it ended before that goes.
const LINGER = 100;

/**
 * Runs the containers of a store: their records and files, volumes, and a runtime put together. They are named by name, id, or its start.
 *
 * Every method may fail with `CONTAINER_NOT_FOUND` or `AMBIGUOUS_ID` for such a name.
 */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #hold: RunHold;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#hold = new RunHold(parts.books, parts.containers);
  }

  /**
   * Makes a container and the volumes it asks for, and runs nothing yet.
   *
   * What fails leaves no container; volumes that were made with a name stay, others are taken by `prune`.
   *
   * @throws {StoreError} `IMAGE_NOT_FOUND`, `NAME_IN_USE`, `INVALID_NAME`, `RUNTIME_FAILED` where there is no program to run
   */
  async create(image: string, options: RunOptions = {}): Promise<RunnableContainer> {
    const { containers, images, volumes } = this.#parts;
    const { id, config, top } = images.show(image);
    const spec = specFor(config.config ?? {}, options);
    signalNamed(spec.stopSignal);
    const labels = { ...config.config?.Labels, ...options.labels };
    const { name, signal } = options;
    let made: Container | undefined;
    const record = async (mounts: readonly ContainerMount[]): Promise<void> => {
      made = await containers.create(image, {
        labels,
        spec: toJson({ ...spec, mounts }),
        volumes: mounts.flatMap(({ volume }) => volume ?? []),
        ...(name === undefined ? {} : { name }),
        ...(signal === undefined ? {} : { signal }),
      });
    };
    const requests = options.mounts ?? [];
    const imageVolumes = Object.keys(config.config?.Volumes ?? {});
    if (requests.length + imageVolumes.length === 0) await record([]);
    else {
      const call = signal === undefined ? {} : { signal };
      await typedErrors('The container could not be made.', call, () =>
        this.#withFilesOf(top, (rootfs) => makeMounts(volumes, requests, { rootfs, imageVolumes, record, ...call })),
      );
    }
    if (made === undefined) throw new Error(`the container of ${id} was not recorded`);
    return this.#shown(made);
  }

  /** All containers, the newest first. Asks each whether it runs: 50 µs. */
  list(): readonly RunnableContainer[] {
    return this.#parts.containers.list().map((container) => this.#shown(container));
  }

  show(container: string): RunnableContainer {
    return this.#shown(this.#parts.containers.show(container));
  }

  /**
   * Starts a container behind a monitor, which outlives this process. Resolves when its program runs.
   *
   * @throws {StoreError} `CONTAINER_RUNNING`; `RUNTIME_FAILED` with `details.exitCode` 125, 126 or 127
   */
  async start(container: string, options: CallOptions = {}): Promise<ContainerState> {
    const { containers, monitorCommand } = this.#parts;
    const { id } = containers.show(container);
    using _lock = await this.#hold.lock(id, options);
    const idle = await this.#idle(id);
    const { path } = await containers.mount(id, { holder: RUN_HOLDER, ...options });
    try {
      return await startDetached(this.#request(idle, path), monitorCommand);
    } catch (error) {
      await quietly(() => this.#hold.settle(id));
      throw error;
    }
  }

  /**
   * Runs a container with this process as its monitor, and resolves when its program has ended. It ends with this process.
   *
   * @throws {StoreError} `CONTAINER_RUNNING`, `RUNTIME_FAILED`, `ABORTED`
   */
  async attach(
    container: string,
    streams: ProcessStreams,
    options: CallOptions & { readonly passSignals?: boolean } = {},
  ): Promise<ContainerState> {
    const { containers } = this.#parts;
    const { id } = containers.show(container);
    const { signal } = options;
    const call = signal === undefined ? {} : { signal };
    const lock = await this.#hold.lock(id, call);
    try {
      const idle = await this.#idle(id);
      await using mount = await containers.mount(id, call);
      return await runAttached(this.#request(idle, mount.path), {
        ...options,
        streams,
        onRunning: () => lock.release(),
      });
    } finally {
      lock.release();
    }
  }

  /** Runs one more process in a running container. @throws {StoreError} `CONTAINER_NOT_RUNNING`, `RUNTIME_FAILED`, `ABORTED` */
  async exec(container: string, request: ExecRequest, options: ExecOptions): Promise<ProcessResult> {
    const { folder, spec } = this.show(container);
    const { env, cwd, user } = spec ?? { env: [], cwd: '/', user: '' };
    const exec = {
      args: request.command,
      env: mergedEnvironment(env, request.env ?? []),
      cwd: request.cwd ?? cwd,
      user: request.user ?? user,
      tty: request.tty ?? false,
    };
    return await execInContainer(folder, exec, options);
  }

  /** Asks a container's program to end, and kills it after `timeout` milliseconds. One that does not run is left as it is. */
  async stop(container: string, options: CallOptions & { readonly timeout?: number } = {}): Promise<ContainerState> {
    const { id, folder, spec } = this.show(container);
    const stopSignal = signalNamed(spec?.stopSignal ?? 'SIGTERM');
    const state = await stopContainer(folder, { stopSignal, ...options });
    await this.#hold.tidy(id);
    return state;
  }

  /** Sends a container's first process a signal: SIGKILL unless told. @throws {StoreError} `CONTAINER_NOT_RUNNING`; {TypeError} */
  kill(container: string, signal = 'SIGKILL'): void {
    killContainer(this.show(container).folder, signalNamed(signal));
  }

  /** Resolves when a container does not run. @throws {StoreError} `ABORTED` */
  async wait(container: string, { signal }: CallOptions = {}): Promise<ContainerState> {
    const { id, folder } = this.show(container);
    const state = await waitForContainer(folder, signal);
    await this.#hold.tidy(id);
    return state;
  }

  /** What a container has printed, the oldest line first. */
  async *logs(container: string, options: LogOptions = {}): AsyncGenerator<LogEntry, void, undefined> {
    const { folder } = this.show(container);
    if (existsSync(folder)) yield* readLogs(folder, options);
  }

  /**
   * Removes a container with its files.
   *
   * @throws {StoreError} `CONTAINER_RUNNING` unless by force; {StorageError} `LAYER_IN_USE` while others hold its files
   */
  async remove(container: string, options: RemoveRunOptions = {}): Promise<void> {
    const { containers, volumes } = this.#parts;
    const { force = false, volumes: withVolumes = false, signal } = options;
    const call = signal === undefined ? {} : { signal };
    const { id, folder, spec } = this.show(container);
    if (force) await stopContainer(folder, { stopSignal: 'SIGKILL', timeout: 0, ...call });
    using _lock = await this.#hold.lock(id, call);
    await this.#hold.settle(id);
    await containers.remove(id, { check: refuseRunning, ...call });
    if (!withVolumes) return;
    // Another container may use them by now.
    for (const { volume, anonymous } of spec?.mounts ?? [])
      if (volume !== null && anonymous) await quietly(() => volumes.remove(volume));
  }

  /** What a container has changed in its image. What was only made to mount on, and goes with the run, is left out. */
  async changes(container: string, options: CallOptions = {}): Promise<readonly Change[]> {
    const { containers } = this.#parts;
    const { id, folder } = containers.show(container);
    const changes = await containers.changes(id, options);
    const made = madeMountPoints(containerFiles(folder).mountPoints);
    const others = changes.filter(({ path }) => !made.has(path));
    return changes.filter(({ path }) => !made.has(path) || others.some((other) => other.path.startsWith(`${path}/`)));
  }

  /** Makes a container that starts from another's current files and runs the same. @throws {StorageError} `LAYER_IN_USE` while it runs */
  async fork(container: string, options: ForkOptions = {}): Promise<RunnableContainer> {
    const { containers } = this.#parts;
    const { id } = containers.show(container);
    using _lock = await this.#hold.lock(id, options);
    await this.#hold.settle(id);
    return this.#shown(await containers.fork(id, options));
  }

  /** Makes an image of a container's current files, whose containers run the same. Returns its id. */
  async commit(container: string, options: CommitOptions = {}): Promise<Digest> {
    const { spec } = this.show(container);
    const own = spec === null ? {} : { config: configOf(spec), createdBy: spec.command.join(' ') };
    return await this.#parts.containers.commit(container, { ...own, ...options });
  }

  /** Removes all containers that do not run. Returns their ids. */
  async prune(options: CallOptions = {}): Promise<readonly string[]> {
    const removed: string[] = [];
    for (const { id, state } of this.list()) {
      if (state.status === 'running' || options.signal?.aborted === true) continue;
      if (await quietly(() => this.remove(id, { ...options, volumes: true }))) removed.push(id);
    }
    return removed;
  }

  /** Gives back what a detached container held: for its monitor, when its program has ended. Never fails. @internal */
  async release(id: string): Promise<void> {
    await quietly(() => this.#hold.release(id));
  }

  /** Removes a container that was to go with its end, and has ended. @internal */
  async removeEnded(id: string): Promise<void> {
    if (this.show(id).spec?.autoRemove !== true) return;
    await new Promise((resolve) => setTimeout(resolve, LINGER));
    await this.remove(id, { volumes: true });
  }

  /** What is to be started. Its lock is held. @throws {StoreError} `CONTAINER_RUNNING`, `RUNTIME_FAILED` */
  async #idle(id: string): Promise<RunnableContainer & { readonly spec: ContainerSpec }> {
    await this.#hold.settle(id);
    const container = this.show(id);
    refuseRunning(container);
    const { spec, folder } = container;
    if (spec === null) {
      throw new StoreError('RUNTIME_FAILED', `The container ${container.name} was made without a program.`, {
        details: { exitCode: 125, container: id },
      });
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { ...container, spec };
  }

  #request({ id, folder, spec }: RunnableContainer & { readonly spec: ContainerSpec }, rootfs: string): StartRequest {
    return {
      id,
      directory: folder,
      spec: processOf(spec, id, rootfs),
      openStdin: spec.openStdin,
      log: spec.log,
      runtime: spec.runtime ?? this.#parts.runtime,
    };
  }

  /** Shows an image's files, or an empty directory for an image without layers. */
  async #withFilesOf<T>(top: Digest | null, use: (rootfs: string) => Promise<T>): Promise<T> {
    const { books } = this.#parts;
    if (top !== null) {
      await using mount = await books.driver.get(requireLayer(books, top).driverLayer, { readOnly: true });
      return await use(mount.path);
    }
    const empty = mkdtempSync(join(tmpdir(), 'graphdriver-empty-'));
    try {
      return await use(empty);
    } finally {
      await removeTree(empty);
    }
  }

  #shown(container: Container): RunnableContainer {
    const { spec } = container;
    return {
      ...container,
      spec: isContainerSpec(spec) ? spec : null,
      state: readContainerState(container.folder),
    };
  }
}

function refuseRunning({ name, folder }: Pick<Container, 'name' | 'folder'>): void {
  if (readContainerState(folder).status !== 'running') return;
  throw new StoreError('CONTAINER_RUNNING', `The container ${name} runs.`, {
    hint: 'Stop it first.',
    details: { container: name },
  });
}

/** JSON without what is undefined. */
function toJson(spec: ContainerSpec): Container['spec'] {
  return JSON.parse(JSON.stringify(spec)) as Container['spec']; // What comes out of JSON.parse is JSON.
}
