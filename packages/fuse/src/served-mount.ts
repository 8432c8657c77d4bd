import { type FuseDevice, unmountFuse } from '@graphdriver/host';
import { Connection, type ConnectionHost } from './connection.ts';
import type { OperationCounter } from './counters.ts';
import type { SessionOptions } from './features.ts';
import type { FileSystem } from './file-system.ts';
import type { FuseMount, MountOptions } from './mount-options.ts';
import type { Session, SessionParameters } from './session.ts';

/** What a mount needs of its server. */
export interface MountHost extends Omit<ConnectionHost, 'onReady'> {
  /** It is not to be served any more. */
  onLeave(): void;
}

/** A mount of a server. */
export class ServedMount implements FuseMount {
  readonly connection: Connection;
  readonly target: MountOptions['target'];
  /** Resolves when the kernel and the file system have agreed. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #device: FuseDevice;
  readonly #route: NonNullable<MountOptions['mountWith']>;
  readonly #onLeave: () => void;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (reason: Error) => void = () => undefined;
  #resolveEnded: () => void = () => undefined;
  #left = false;

  constructor(
    device: FuseDevice,
    fileSystem: FileSystem,
    options: SessionOptions,
    { target, mountWith = 'auto' }: Pick<MountOptions, 'target' | 'mountWith'>,
    { onLeave, ...host }: MountHost,
  ) {
    this.#device = device;
    this.#route = mountWith;
    this.#onLeave = onLeave;
    this.target = target;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    // Who does not wait for it must not be ended by it.
    this.ready.catch(() => undefined);
    const onReady = (failure: Error | undefined): void => {
      if (failure === undefined) this.#resolveReady();
      else this.#rejectReady(failure);
    };
    this.connection = new Connection(device, fileSystem, options, { ...host, onReady });
  }

  get session(): Session {
    return this.connection;
  }

  get device(): number {
    return this.#device.fd;
  }

  get pending(): number {
    return this.connection.pending;
  }

  counters(): Readonly<Record<string, Readonly<OperationCounter>>> {
    return this.connection.counters.snapshot();
  }

  async unmount({ detach = false }: { readonly detach?: boolean } = {}): Promise<void> {
    if (this.#left) return;
    await unmountFuse(this.target, { detach, route: this.#route });
    if (!detach) await this.ended;
  }

  handover(): SessionParameters {
    const { parameters } = this.connection;
    if (this.connection.pending > 0) throw new TypeError('Answers are still promised: wait for them.');
    this.#stop();
    return parameters;
  }

  abort(): void {
    this.leave();
  }

  /** Ends it: the mount is gone, or is to be. */
  leave(): void {
    if (this.#left) return;
    this.#stop();
    this.#device.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unmount({ detach: true });
    // Where files are still open nobody else will end it.
    this.leave();
  }

  #stop(): void {
    this.#left = true;
    this.#onLeave();
    this.connection.end();
    this.#rejectReady(new Error('The mount ended before it began.'));
    this.#resolveEnded();
  }
}
