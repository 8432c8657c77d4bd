import type { CallOptions } from '@graphdriver/core';
import type { LogLimits } from '../runtime/json-log.ts';
import type { RuntimeName } from '../runtime/process-spec.ts';
import type { MountRequest } from '../volumes/mount-flag.ts';

/** How a container is to be made and run. What is not given is as the image says. */
export interface RunOptions extends CallOptions {
  /** A name that no other container has; a random one unless given. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  /** An empty list for none. */
  readonly entrypoint?: readonly string[];
  /** `NAME=value` each, added to the image's. */
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly user?: string;
  readonly hostname?: string;
  /** Volumes, and folders and files of the host: see `parseVolumeFlag` and `parseMountFlag`. */
  readonly mounts?: readonly MountRequest[];
  /** `none` unless asked. */
  readonly network?: 'none' | 'host';
  /** Its standard streams are a terminal. */
  readonly tty?: boolean;
  /** Its stdin stays open although nobody types. */
  readonly openStdin?: boolean;
  /** Its files cannot be written to; mounts can. */
  readonly readOnly?: boolean;
  /** It goes when its program has ended, with its anonymous volumes. */
  readonly autoRemove?: boolean;
  readonly stopSignal?: string;
  readonly log?: LogLimits;
  readonly runtime?: RuntimeName;
}
