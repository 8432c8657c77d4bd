import type { Capabilities, Driver, DriverModule, DriverSettings, OpenOptions } from '@graphdriver/core';

/** The driver that is being examined. */
export interface Subject {
  readonly module: DriverModule;
  /** Options for `open` beside the root. */
  readonly options?: Omit<OpenOptions, 'root'>;
  /**
   * How another process finds the same module: a `file:` URL or package name, and the name of its export.
   * Without it, checks that need a second process are skipped where `sharedRoot` is not promised, and fail where it is.
   */
  readonly source?: { readonly specifier: string; readonly export: string };
  /**
   * Known debts, the driver's own or those of the kernel or file system that it works on. Such a check is still run and must still fail:
   * by assertion, or because the file system of a view refused.
   */
  readonly deviations?: Deviations | DeviationsHere;
}

/** Debts that depend on what the driver promises where it is, and on the file system under its root, as in `btrfs`. */
export type DeviationsHere = (capabilities: Capabilities, filesystem: string) => Deviations;

/** Ids of checks, and of cases from the manual pages, and why each fails. */
export type Deviations = Readonly<Record<string, string>>;

/** What a check gets: a driver of its own on a root of its own. */
export interface CheckContext {
  readonly driver: Driver;
  readonly capabilities: Capabilities;
  readonly subject: Subject;
  /** Opens the same root once more in this process. Closed after the check. */
  open(): Promise<Driver>;
  /** Opens another, empty root on the same file system. Closed and removed after the check. */
  openElsewhere(): Promise<Driver>;
  /** Starts another process that has opened the same root, and answers one call after another. Ended after the check. */
  startWorker(options?: WorkerOptions): Promise<Worker>;
  /** An empty directory on the same file system as the root, removed after the check. */
  scratch(): Promise<string>;
  /** Seed of every random choice in this check. */
  readonly seed: number;
  /** Asks for every case where a sample would do: slow, for nights and releases. */
  readonly thorough: boolean;
  /** How many times as long as on other machines anything may take here. */
  readonly patience: number;
  /** Ends the check as skipped because this host lacks something; never because of what the driver does. */
  skip(reason: string): never;
}

/** Options of {@link CheckContext.startWorker}. */
export interface WorkerOptions {
  /**
   * `CALL|*:N:kill|ERRNO`: at the Nth passing of a state-changing system call the process kills itself or sees that errno.
   * With it the process may have ended when `startWorker` returns: every call then rejects, and `ended` tells.
   */
  readonly fault?: string;
  /** A file into which the process writes at its end how many state-changing system calls it made. */
  readonly faultCount?: string;
}

/** Another process with the same root open. */
export interface Worker {
  readonly pid: number;
  /** The process is no more. Its calls reject with an error named `WorkerEnded`. */
  readonly ended: boolean;
  /**
   * Calls a method of the driver there. Arguments and results travel as JSON; `get` answers a mount's `{ id, path, readOnly, holder }`
   * and keeps the mount held until `release` is called with its path. Byte streams travel as base64: `applyDiff` takes a `Uint8Array`,
   * `diff` answers a `Buffer`, `openLayerFile` answers `{ size, mode, content }`. Errors come back as `StorageError` with their code.
   */
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Ends the process by SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Closes the driver there and lets the process end. */
  end(): Promise<void>;
}

/** One sentence of the contract, and how to see whether a driver keeps it. */
export interface Check {
  /** Stable, `group/words-with-dashes`, as in `diff/whiteouts-hide-lower-files`. */
  readonly id: string;
  /** The sentence that is true of a right driver. */
  readonly title: string;
  /** Why the check does not apply to these capabilities, or `null` where it does. Checks of the absence of a capability apply where it is absent. */
  readonly requires?: (capabilities: Capabilities) => string | null;
  /** The report of a system that had the bug. */
  readonly issue?: string;
  /** Cases of other suites that this check covers, as in `moby:DriverTestCreateBase`. */
  readonly covers?: readonly string[];
  /** Milliseconds after which the check has failed, on a machine that needs no patience; 60,000 unless given. */
  readonly timeout?: number;
  run(context: CheckContext): Promise<void>;
}

/** What became of a check. `deviates`: it failed as a deviation said it would. */
export type Outcome = 'passed' | 'failed' | 'skipped' | 'deviates';

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  /** Milliseconds. */
  readonly duration: number;
  /** Why it was skipped or may deviate, or how it failed. */
  readonly reason?: string;
}

/** A whole examination of one driver. */
export interface ConformanceReport {
  readonly driver: string;
  readonly filesystem: string;
  readonly mountWith: string;
  /** What the driver was opened with beside that; left out where nothing was set. */
  readonly settings?: DriverSettings;
  readonly capabilities: Capabilities;
  readonly startedAt: string;
  readonly seed: number;
  /** By how much the time limits were multiplied; left out where they were not. */
  readonly patience?: number;
  readonly results: readonly CheckResult[];
}
