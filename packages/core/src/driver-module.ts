import type { Capabilities } from './capabilities.ts';
import type { Driver } from './driver.ts';
import type { LayerTrace } from './layer-trace.ts';

/** How mounts are made: by `mount(2)`, by the `mount` command, or by the first of them that works here. */
export type MountRoute = 'auto' | 'syscall' | 'command';

/** A driver's own settings, as Docker's `--storage-opt` has them: strings by key, as in `{ redirect_dir: 'on' }`. */
export type DriverSettings = Readonly<Record<string, string>>;

/** A setting that a driver knows. */
export interface SettingSpec {
  /** Docker's key where it has one, without the driver's name. */
  readonly key: string;
  /** All values that it takes, the default first; `null` where it takes more than can be listed. */
  readonly values: readonly string[] | null;
  /** What it does and what it costs, as a sentence. */
  readonly summary: string;
}

/** Options that every driver takes to open a root. */
export interface OpenOptions {
  /** The driver's own directory; made, with its parents, where it does not exist. */
  readonly root: string;
  readonly mountWith?: MountRoute;
  /**
   * Settings that the driver lists in {@link DriverModule.settings}; others are a `TypeError`.
   * A root keeps the settings it was made with: they hold whenever it is opened without any.
   */
  readonly settings?: DriverSettings;
}

/** One thing that was looked at, and what came out. */
export interface ProbeCheck {
  /** Short and stable, as in `d_type` or `mount`. */
  readonly check: string;
  readonly passed: boolean;
  /** A driver with a failed required check does not work here; other checks tell of speed and comfort. */
  readonly required: boolean;
  /** What was seen, as a sentence. */
  readonly why: string;
  /** What to do where it failed. */
  readonly remedy?: string;
}

/** What a driver found out about this host and root, as data. */
export interface ProbeReport {
  readonly driver: string;
  /** Every required check passed. */
  readonly usable: boolean;
  readonly checks: readonly ProbeCheck[];
  /** The file system under the root, as in `ext4`. */
  readonly filesystem: string;
  /** The root holds layers of this driver already. */
  readonly priorState: boolean;
  /** What the driver promises here; `null` where it does not work. */
  readonly capabilities: Capabilities | null;
}

/** A driver before it is opened: what a program hands to `selectDriver`. */
export interface DriverModule {
  readonly name: string;
  /** One line for tables: how it works and where it pays. */
  readonly summary: string;
  /** What can be set when a root is opened; nothing where it is left out. */
  readonly settings?: readonly SettingSpec[];
  /** Looks without changing anything that stays. Never throws for what is wrong with the host: that is a failed check. */
  probe(options: OpenOptions): Promise<ProbeReport>;
  /**
   * Opens a root, heals what a crash left behind in it, and returns the driver.
   *
   * @throws {StorageError} `PREREQUISITE_MISSING`, `UNSUITABLE_FILESYSTEM`, `PERMISSION_DENIED`, `NEWER_FORMAT`, `CORRUPT_ROOT`,
   *   `UNSUPPORTED` for settings other than those that the root was made with
   */
  open(options: OpenOptions): Promise<Driver>;
  /**
   * What the mount of a layer has done, of which the root need not be open; `null` where it is not mounted, or nothing is in between
   * that could count. Left out by drivers whose mounts the kernel serves alone. Changes nothing, and takes a few milliseconds.
   *
   * @throws {StorageError} `SYSTEM_CALL_FAILED` where what serves the mount ends while it is asked
   */
  readTrace?(root: string, id: string): Promise<LayerTrace | null>;
}
