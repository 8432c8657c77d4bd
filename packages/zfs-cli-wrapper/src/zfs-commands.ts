import { isStorageError } from '@graphdriver/core';
import type { BusyCallOptions, CallOptions } from './call-options.ts';
import { capabilitiesOf, type ZfsCapabilities } from './capabilities.ts';
import { failureOf } from './failure.ts';
import { mayMount, oneAtATime } from './one-mount-at-a-time.ts';
import { DEFAULT_RETRY, NO_RETRY, type RetryPolicy, retryBusy } from './retry.ts';
import { watchedStart } from './watched-start.ts';
import { ZfsError } from './zfs-error.ts';
import type { CommandName, ZfsRunner } from './zfs-runner.ts';
import type { ZfsVersion } from './zfs-version.ts';

/** What {@link ZfsCommands} is made of. */
export interface CommandSettings {
  readonly runner: ZfsRunner;
  readonly timeout: number;
  readonly retry: RetryPolicy;
}

/** Runs the commands: the one place where arguments go out and failures become errors. */
export class ZfsCommands {
  readonly runner: ZfsRunner;
  readonly version: ZfsVersion;
  readonly capabilities: ZfsCapabilities;
  readonly #settings: CommandSettings;

  constructor(settings: CommandSettings, version: ZfsVersion) {
    this.runner = settings.runner;
    this.version = version;
    this.capabilities = capabilitiesOf(version);
    this.#settings = settings;
  }

  /** Runs a command to its end and returns what it printed. */
  async run(command: CommandName, args: readonly string[], options: CallOptions = {}): Promise<string> {
    return await this.#alone(command, args, options, () => runCommand(this.#settings, command, args, options));
  }

  /** The same, repeated while something is busy. */
  async runPatiently(command: CommandName, args: readonly string[], options: BusyCallOptions): Promise<string> {
    return await this.patiently(options, () => this.run(command, args, options));
  }

  /** Repeats `action` while something is busy. */
  async patiently<T>(options: BusyCallOptions, action: (attempt: number) => Promise<T>): Promise<T> {
    const policy = options.retry === false ? NO_RETRY : (options.retry ?? this.#settings.retry);
    return await retryBusy(policy, options.signal, action);
  }

  /** Starts a command and passes on what it prints, throttled by the reader. It is ended when the reader stops. */
  async *stream(
    command: CommandName,
    args: readonly string[],
    options: CallOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const running = watchedStart(this.runner, command, args, options);
    try {
      yield* running.stdout;
      await running.finish();
    } finally {
      running.stop();
    }
  }

  /** Runs a command that reads `input`. It is ended when the input fails. */
  async feed(
    command: CommandName,
    args: readonly string[],
    input: AsyncIterable<Uint8Array>,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#alone(command, args, options, async () => {
      const running = watchedStart(this.runner, command, args, options, input);
      try {
        for await (const _ of running.stdout); // What it prints is not wanted, and a full pipe would stop it.
        await running.finish();
      } finally {
        running.stop();
      }
    });
  }

  async #alone<T>(
    command: CommandName,
    args: readonly string[],
    { signal }: CallOptions,
    action: () => Promise<T>,
  ): Promise<T> {
    if (this.capabilities.parallelMounts || !mayMount(command, args)) return await action();
    try {
      return await oneAtATime(signal, action);
    } catch (error) {
      if (!isStorageError(error, 'ABORTED')) throw error;
      throw new ZfsError('ABORTED', `${command} ${args[0] ?? ''} was not run.`, { cause: signal?.reason });
    }
  }

  /** Refuses what the installed version cannot do, before anything is run. @throws {ZfsError} `UNSUPPORTED` */
  require(
    capability: { [K in keyof ZfsCapabilities]: ZfsCapabilities[K] extends boolean ? K : never }[keyof ZfsCapabilities],
    what: string,
  ): void {
    if (this.capabilities[capability]) return;
    const { flavour, userland } = this.version;
    throw new ZfsError('UNSUPPORTED', `${flavour}${userland === undefined ? '' : ` ${userland}`} cannot ${what}.`, {
      hint: `capabilities.${capability} is false.`,
    });
  }
}

/** Runs one command with the defaults of `settings`. */
export async function runCommand(
  { runner, timeout }: CommandSettings,
  command: CommandName,
  args: readonly string[],
  options: CallOptions = {},
): Promise<string> {
  const { signal } = options;
  if (signal?.aborted === true)
    throw new ZfsError('ABORTED', `${command} ${args[0] ?? ''} was not run.`, { cause: signal.reason });
  const result = await runner.run(command, args, {
    timeout: options.timeout ?? timeout,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.exitCode === 0) return result.stdout;
  throw failureOf(command, args, result);
}

/** Fills in what the caller left out. */
export function commandSettings(
  runner: ZfsRunner,
  options: { timeout?: number; retry?: RetryPolicy | false },
): CommandSettings {
  const retry = options.retry === false ? NO_RETRY : (options.retry ?? DEFAULT_RETRY);
  return { runner, timeout: options.timeout ?? 30_000, retry };
}
