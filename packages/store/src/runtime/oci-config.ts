import type { TerminalSize } from '@graphdriver/host';
import type { ContainerUser } from './container-user.ts';
import type { MountPlan } from './mount-plan.ts';
import { DEFAULT_CAPABILITIES, MASKED_PATHS, OCI_MOUNTS, type OciMount, READ_ONLY_PATHS } from './oci-defaults.ts';
import type { ExecSpec, ProcessSpec } from './process-spec.ts';

/** What the files of a root have said about a process. */
export interface ResolvedProcess {
  readonly user: ContainerUser;
  /** Complete. */
  readonly env: readonly string[];
}

/** `process` of the OCI runtime specification, as config.json has it and `exec --process` reads it. */
export interface OciProcess {
  readonly terminal: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
  readonly noNewPrivileges: boolean;
}

/** The part of the OCI runtime configuration that is used here. */
export interface OciConfig {
  readonly ociVersion: string;
  readonly process: OciProcess;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname?: string;
  readonly mounts: readonly OciMount[];
  readonly linux: {
    readonly cgroupsPath: string;
    readonly namespaces: readonly { readonly type: string }[];
    readonly resources: { readonly devices: readonly { readonly allow: boolean; readonly access: string }[] };
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
  };
}

/** What {@link ociConfig} is made of. */
export interface OciRequest {
  readonly id: string;
  readonly spec: ProcessSpec;
  readonly process: ResolvedProcess;
  readonly mounts: MountPlan;
  /** The size of the terminal, where it is to have one. */
  readonly size?: TerminalSize | undefined;
}

/**
 * The configuration of a container for crun or runc: new namespaces, Docker's default capabilities and mounts, no device but the
 * usual nodes. It has no seccomp filter.
 */
export function ociConfig({ id, spec, process, mounts, size }: OciRequest): OciConfig {
  const namespaces = ['pid', 'mount', 'ipc', 'uts', ...(spec.network === 'host' ? [] : ['network'])];
  return {
    ociVersion: '1.0.0',
    process: ociProcess(spec, process, size),
    root: { path: spec.rootfs, readonly: spec.readOnly ?? false },
    ...(spec.hostname === undefined ? {} : { hostname: spec.hostname }),
    mounts: [
      ...OCI_MOUNTS,
      ...mounts.binds.map(({ source, target, readOnly }) => ({
        destination: target,
        type: 'bind',
        source,
        options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'],
      })),
    ],
    linux: {
      // Directly in the root, so that no directory above it stays behind.
      cgroupsPath: `/graphdriver-${id}`,
      namespaces: namespaces.map((type) => ({ type })),
      // The runtimes add the usual nodes to what is allowed.
      resources: { devices: [{ allow: false, access: 'rwm' }] },
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READ_ONLY_PATHS,
    },
  };
}

/** The process of a container, the first one or a later one. */
export function ociProcess(spec: ExecSpec, { user, env }: ResolvedProcess, size?: TerminalSize): OciProcess {
  // The kernel takes them all from a user other than root when the program is started.
  const capabilities = Object.fromEntries(
    ['bounding', 'effective', 'permitted'].map((set) => [set, DEFAULT_CAPABILITIES]),
  );
  return {
    terminal: spec.tty ?? false,
    ...(spec.tty === true && size !== undefined ? { consoleSize: { height: size.rows, width: size.columns } } : {}),
    user: { uid: user.uid, gid: user.gid, additionalGids: user.groups },
    args: spec.args,
    env,
    cwd: spec.cwd,
    capabilities,
    noNewPrivileges: false,
  };
}
