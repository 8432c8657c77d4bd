import { join } from 'node:path';

/** The files that a container's run keeps in its folder. */
export interface ContainerFiles {
  readonly directory: string;
  /** The OCI configuration. */
  readonly config: string;
  /** What crun or runc know of their containers. */
  readonly runtimeState: string;
  readonly runtimeLog: string;
  /** The first process's number, or an empty file, when the container is set up. */
  readonly started: string;
  /** What was made in the root to mount on. */
  readonly mountPoints: string;
  /** How the container was started, for those who come later. */
  readonly request: string;
  readonly state: string;
  readonly lock: string;
  readonly log: string;
}

/** How the names of files begin that one more process in the container has for a while. */
export const EXEC_PREFIX = 'exec-';

/** Names the files of the container that has its folder at `directory`. */
export function containerFiles(directory: string): ContainerFiles {
  return {
    directory,
    config: join(directory, 'config.json'),
    runtimeState: join(directory, 'runtime'),
    runtimeLog: join(directory, 'runtime.log'),
    started: join(directory, 'started'),
    mountPoints: join(directory, 'mount-points.json'),
    request: join(directory, 'request.json'),
    state: join(directory, 'state.json'),
    lock: join(directory, 'lock'),
    log: join(directory, 'container.log'),
  };
}
