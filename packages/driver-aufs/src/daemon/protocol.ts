import type { LayerTrace } from '@graphdriver/core';

/*
 * What the driver and its daemon say to each other, over the socket in the root: one JSON value a line, requests one way and answers
 * the other, each with the request's number. A connection may have any number of requests open.
 */

/** A union to be mounted. */
export interface UnionRequest {
  readonly id: string;
  readonly target: string;
  /** Directories, top first. */
  readonly branches: readonly string[];
  /** `null` for a union that nobody writes to. */
  readonly work: string | null;
  /** Nothing waits for the disk. */
  readonly volatile: boolean;
  /** The kernel reads and writes large files itself. */
  readonly passthrough: boolean;
  /** How many entries the daemon remembers of all its unions. */
  readonly cacheEntries: number;
}

/** What can be asked, and what comes back. */
export interface DaemonCalls {
  /** Mounts, and answers when the mount can be used. */
  mount(request: UnionRequest): Promise<null>;
  /** Answers when nothing of a layer's former mount is at work any more. */
  settled(id: string): Promise<null>;
  /** What a layer's mount has done; `null` where the layer is not mounted. */
  trace(id: string): Promise<LayerTrace | null>;
  /** What the daemon is. */
  status(): Promise<DaemonStatus>;
}

export interface DaemonStatus {
  readonly pid: number;
  readonly mounts: readonly string[];
  /** Entries that are remembered. */
  readonly entries: number;
  readonly memory: number;
  readonly uptime: number;
}

export type DaemonMethod = keyof DaemonCalls;

/** A request as it travels. */
export interface RequestLine {
  readonly number: number;
  readonly method: DaemonMethod;
  readonly argument: unknown;
}

/** An answer as it travels. */
export type AnswerLine =
  | { readonly number: number; readonly result: unknown }
  | { readonly number: number; readonly error: FailureLine };

/** A failure as it travels: a `StorageError` comes out as one again. */
export interface FailureLine {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** The name of the socket in the daemon's directory. */
export const SOCKET = 'socket';

/** Calls `onLine` with each line of a stream of text. */
export function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  };
}
