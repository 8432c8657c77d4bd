import type { Capabilities } from './capabilities.ts';
import type { Driver } from './driver.ts';

/** How mounts are made: by `mount(2)`, by the `mount` command, or by the first of them that works here. */
export type MountRoute = 'auto' | 'syscall' | 'command';

/** Options that every driver takes to open a root. */
export interface OpenOptions {
  /** The driver's own directory; made, with its parents, where it does not exist. */
  readonly root: string;
  readonly mountWith?: MountRoute;
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
  /** Looks without changing anything that stays. Never throws for what is wrong with the host: that is a failed check. */
  probe(options: OpenOptions): Promise<ProbeReport>;
  /**
   * Opens a root, heals what a crash left behind in it, and returns the driver.
   *
   * @throws {StorageError} `PREREQUISITE_MISSING`, `UNSUITABLE_FILESYSTEM`, `PERMISSION_DENIED`, `NEWER_FORMAT`, `CORRUPT_ROOT`
   */
  open(options: OpenOptions): Promise<Driver>;
}
