/** A folder or a single file of the host that a container sees at a path of its own. */
export interface BindMount {
  /** An absolute path of the host. Symbolic links are followed. */
  readonly source: string;
  /** An absolute path in the container. Links are followed as the container would, and never out of its root. */
  readonly target: string;
  readonly readOnly?: boolean | undefined;
}

/** A process, and the world that it is to find itself in. */
export interface ProcessSpec {
  /** A directory of the host that becomes the root. Usually a mounted layer. */
  readonly rootfs: string;
  /** The program and its arguments. A name without a slash is looked for in the PATH of `env`. */
  readonly args: readonly string[];
  /** `NAME=value` each; of several with one name the last counts. PATH, HOME, and TERM of a terminal are added where they are missing. */
  readonly env: readonly string[];
  /** An absolute path in the container; made where it is missing, as Docker does. */
  readonly cwd: string;
  /** As in an image: `''` for root, `name`, `uid`, either of them with `:group`. Names are those of the container's own /etc/passwd and /etc/group. */
  readonly user: string;
  readonly hostname?: string | undefined;
  readonly mounts?: readonly BindMount[] | undefined;
  /** `none` unless told: a network of its own with nothing in it but loopback. `host` brings the host's resolv.conf and hosts along. */
  readonly network?: 'none' | 'host' | undefined;
  /** Standard streams are a terminal. */
  readonly tty?: boolean | undefined;
  /** The root cannot be written to; mounts can. */
  readonly readOnly?: boolean | undefined;
}

/** The program that makes the container. */
export type RuntimeName = 'crun' | 'runc' | 'chroot';

/** A process to be started beside the one that a container runs. */
export interface ExecSpec {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly tty?: boolean | undefined;
}
