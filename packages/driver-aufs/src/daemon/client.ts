import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LayerTrace, StorageError, type StorageErrorCode } from '@graphdriver/core';
import { isErrno, startProcess } from '@graphdriver/host';
import type { AufsLayout } from '../layout.ts';
import {
  type AnswerLine,
  type DaemonMethod,
  type DaemonStatus,
  lineReader,
  SOCKET,
  type UnionRequest,
} from './protocol.ts';

// The program lies in `dist`, also when this file runs from `src`.
const PROGRAM = fileURLToPath(new URL('../../dist/daemon/aufs-supervisor.js', import.meta.url));
const LONGEST_START = 20_000;
const LOOK_EVERY = 10;

/** The daemon of a root, as the driver asks it. Every call has a connection of its own, for calls are rare and daemons come and go. */
export class DaemonClient {
  readonly #layout: AufsLayout;

  constructor(layout: AufsLayout) {
    this.#layout = layout;
  }

  /** Mounts a union; starts the daemon where there is none. @throws {StorageError} */
  async mount(request: UnionRequest): Promise<void> {
    await this.#started('mount', request);
  }

  /** Resolves when nothing of a layer's former mount is at work any more. */
  async settled(id: string): Promise<void> {
    await this.#call('settled', id);
  }

  /** What a layer's mount has done, or `null` where it is not mounted. */
  async trace(id: string): Promise<LayerTrace | null> {
    // The daemon is of the same version, or does not speak to us.
    return ((await this.#call('trace', id)) as LayerTrace | undefined) ?? null;
  }

  /** What the daemon is, or `null` where there is none. */
  async status(): Promise<DaemonStatus | null> {
    return ((await this.#call('status', null)) as DaemonStatus | undefined) ?? null;
  }

  async #started(method: DaemonMethod, argument: unknown): Promise<unknown> {
    for (const began = Date.now(); ; ) {
      const socket = await this.#connect();
      if (socket !== undefined) return ask(socket, method, argument);
      if (Date.now() - began > LONGEST_START) throw notStarted(this.#layout.daemon);
      this.#start();
      await this.#listening(began);
    }
  }

  /** Asks a daemon that may not be there: `undefined` then. */
  async #call(method: DaemonMethod, argument: unknown): Promise<unknown> {
    const socket = await this.#connect();
    return socket === undefined ? undefined : ask(socket, method, argument);
  }

  #start(): void {
    const { daemon } = this.#layout;
    mkdirSync(daemon, { recursive: true, mode: 0o700 });
    const log = openSync(join(daemon, 'log'), constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    try {
      // Failures that are to strike this process are not meant for the daemon.
      const without = ['-u', 'GRAPHDRIVER_FAULT', '-u', 'GRAPHDRIVER_FAULT_COUNT', '-u', 'NODE_OPTIONS'];
      const started = startProcess('env', [...without, process.execPath, PROGRAM, daemon], {
        cwd: '/',
        stdin: 'ignore',
        stdout: log,
        stderr: log,
        detached: true,
      });
      started.unref();
    } finally {
      closeSync(log);
    }
  }

  async #listening(began: number): Promise<void> {
    while (Date.now() - began <= LONGEST_START) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
      const socket = await this.#connect();
      if (socket === undefined) continue;
      socket.destroy();
      return;
    }
  }

  /** A connection, or `undefined` where nobody listens. */
  #connect(): Promise<Socket | undefined> {
    let directory: number;
    try {
      directory = openSync(this.#layout.daemon, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return Promise.resolve(undefined);
      throw error;
    }
    return new Promise((resolve, reject) => {
      const socket = connect(`/proc/self/fd/${directory}/${SOCKET}`);
      socket.once('connect', () => {
        closeSync(directory);
        resolve(socket);
      });
      socket.once('error', (error) => {
        closeSync(directory);
        if (isErrno(error, 'ENOENT', 'ECONNREFUSED')) resolve(undefined);
        else reject(error);
      });
    });
  }
}

/** Sends one request and resolves with its answer. @throws {StorageError} what the daemon failed with */
function ask(socket: Socket, method: DaemonMethod, argument: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.setEncoding('utf8');
    socket.removeAllListeners('error');
    socket.on('error', (error) => reject(lost(error)));
    socket.on('close', () => reject(lost(undefined)));
    socket.on(
      'data',
      lineReader((line) => {
        const answer = JSON.parse(line) as AnswerLine; // Written by the daemon of this very package.
        if ('error' in answer) reject(asStorageError(answer.error));
        else resolve(answer.result);
        socket.end();
      }),
    );
    socket.write(`${JSON.stringify({ number: 1, method, argument })}\n`);
  });
}

function asStorageError({ code, message, hint }: { code: string; message: string; hint: string | undefined }): Error {
  // The codes are the daemon's, and it is of this version.
  return new StorageError(code as StorageErrorCode, message, hint === undefined ? {} : { hint });
}

function lost(cause: unknown): StorageError {
  return new StorageError('SYSTEM_CALL_FAILED', 'The daemon of this root has ended while it was asked.', { cause });
}

function notStarted(directory: string): StorageError {
  return new StorageError('SYSTEM_CALL_FAILED', 'The daemon of this root does not start.', {
    hint: `See ${join(directory, 'log')}.`,
  });
}
