import type { ProbeReport } from '@graphdriver/core';
import type { BooksExamination } from '@graphdriver/driver-kit';

/** What was seen of the host and the root, before anything is made of it. */
export interface DoctorFacts {
  /** An absolute path; need not exist. */
  readonly root: string;
  /** The driver that was asked for by name. */
  readonly requested: string | null;
  readonly kernel: KernelFacts;
  readonly ground: Ground;
  /** What each known driver says of itself here; empty where the ground does not answer. */
  readonly reports: readonly ProbeReport[];
  readonly tools: ToolFacts;
  readonly leftovers: LeftoverFacts;
}

/** The kernel's values by name; a group of values is `null` where the kernel shows none. */
export interface KernelFacts {
  readonly release: string;
  /** Defaults of the overlay module, as in `index: N`. */
  readonly overlay: Readonly<Record<string, string>> | null;
  /** `fs.fuse`, as in `max_request_timeout: 0`. */
  readonly fuse: Readonly<Record<string, string>> | null;
  /** What bounds user namespaces, by the name that sysctl has for it. */
  readonly userNamespaces: Readonly<Record<string, string>>;
  /** Mounts that a mount namespace may have. */
  readonly mountMax: number | null;
  /** Mounts that there are. */
  readonly mounts: number;
}

/** What the root lies on, or will lie on. */
export interface Ground {
  /** The root, or its nearest ancestor that exists. */
  readonly directory: string;
  /** Why nothing can be asked about it; `null` where it answers. What follows is then empty. */
  readonly silence: string | null;
  /** As in `ext4`. */
  readonly filesystem: string;
  /** Bytes; `total` is 0 where it is not told. */
  readonly space: { readonly free: number; readonly total: number };
  /** `total` is 0 on file systems that do not count them, as btrfs. */
  readonly inodes: { readonly free: number; readonly total: number };
  /** Entries of directories tell what they are (d_type); `null` where there was none to see it by. */
  readonly entryTypes: boolean | null;
  readonly mountPoint: string;
  /** Of the mount and of its file system, as in `nosuid`, `prjquota`. */
  readonly mountOptions: readonly string[];
}

/** Commands and libraries. */
export interface ToolFacts {
  /** System calls can be made: koffi loads. */
  readonly systemCalls: boolean;
  /** How mounts were asked to be made. */
  readonly mountWith: string;
  /** The commands of {@link TOOLS} that are not on the PATH. */
  readonly missing: readonly string[];
}

/** What programs that ended early have left, and what is in use. */
export interface LeftoverFacts {
  readonly books: readonly BooksFacts[];
  /** Paths of the mounts under the root, in the order of mounting. */
  readonly mounts: readonly string[];
  /** FUSE mounts under the root that do not answer as they should. */
  readonly fuse: readonly FuseSilence[];
  /** Loop devices over files under the root. */
  readonly loops: readonly LoopFacts[];
  /** Folders of probes that were killed. */
  readonly trials: readonly string[];
}

/** The books of one driver's root. */
export interface BooksFacts {
  /** The directory, with links resolved, and its name under the root. */
  readonly path: string;
  readonly name: string;
  readonly examination: BooksExamination;
}

/** A FUSE mount whose server has ended (`dead`), or does not answer in time (`silent`). */
export interface FuseSilence {
  readonly path: string;
  readonly answer: 'dead' | 'silent';
}

/** A loop device, and what it shows. */
export interface LoopFacts {
  readonly device: string;
  readonly file: string;
  readonly mounted: boolean;
}
