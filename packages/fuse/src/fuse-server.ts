import { availableParallelism } from 'node:os';
import { FuseDevice, mountFuse } from '@graphdriver/host';
import type { SessionOptions } from './features.ts';
import type { FileSystem } from './file-system.ts';
import { type Frame, FramePool } from './frame.ts';
import type { FuseMount, MountOptions, ServerOptions, Takeover } from './mount-options.ts';
import { checkSessionOptions } from './negotiate.ts';
import { Reply } from './reply.ts';
import { ServedMount } from './served-mount.ts';
import { type Taken, TurnLoop } from './turn-loop.ts';

// The largest write or read, and what comes before it in a message.
const CAPACITY = (1 << 20) + 8192;
/** Microseconds: 50 were enough for a program that asks one thing after the other. Nobody could ask while the only processor looks. */
const SPIN = availableParallelism() > 1 ? 100 : 0;

/**
 * Serves any number of mounts from this thread.
 *
 * Costs nothing while nobody asks. The process stays alive as long as something is mounted.
 */
export class FuseServer implements AsyncDisposable {
  readonly #onError: (error: unknown, operation: string) => void;
  readonly #loop: TurnLoop;
  readonly #frames = new FramePool(CAPACITY);
  readonly #laterReply = new Reply(CAPACITY);
  readonly #mounts = new Map<number, ServedMount>();
  #frame: Frame = this.#frames.take();
  #requests = 0;
  #closed = false;

  constructor({ onError = reportError, linger = 1, slice = 4, spin = SPIN }: ServerOptions = {}) {
    this.#onError = onError;
    this.#loop = new TurnLoop((fd) => this.#take(fd), { linger, slice, spin: spin / 1000 });
  }

  /**
   * Mounts a file system and resolves when it can be used. Leaves nothing mounted when it fails.
   *
   * @throws {TypeError} where options contradict each other
   * @throws {StorageError} `PREREQUISITE_MISSING`, `PERMISSION_DENIED`, `SYSTEM_CALL_FAILED`, `COMMAND_FAILED`
   */
  async mount(fileSystem: FileSystem, options: MountOptions): Promise<FuseMount> {
    this.#refuseClosed();
    checkSessionOptions(options);
    const mounted = this.#serve(FuseDevice.open(), fileSystem, options, options);
    try {
      await mountFuse(mountRequest(mounted.device, options), options.mountWith ?? 'auto');
      // Not earlier: a descriptor that is not mounted yet cannot be waited for (fuse_dev_poll in fs/fuse/dev.c has no queue then).
      this.#loop.add(mounted.device);
    } catch (error) {
      mounted.abort();
      throw error;
    }
    try {
      await mounted.ready;
    } catch (error) {
      await mounted[Symbol.asyncDispose]();
      throw error;
    }
    return mounted;
  }

  /**
   * Goes on serving a mount that another process made. Ask `session.notify.resend()` afterwards, for what it had taken and not answered.
   *
   * Node ids and handles that the kernel still has are those of the other process: the file system must know them, or answer ESTALE.
   */
  adopt(fileSystem: FileSystem, takeover: Takeover): FuseMount {
    this.#refuseClosed();
    checkSessionOptions(takeover);
    const mounted = this.#serve(FuseDevice.adopt(takeover.device), fileSystem, takeover, takeover);
    this.#loop.add(takeover.device);
    if (takeover.parameters !== undefined) mounted.connection.begin(takeover.parameters);
    return mounted;
  }

  /** All mounts that are served. */
  get mounts(): readonly FuseMount[] {
    return [...this.#mounts.values()];
  }

  /** How many requests have come so far, of all mounts that there were. */
  get requests(): number {
    return this.#requests;
  }

  /** Unmounts all. Files that are still open fail with ENOTCONN from then on. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const mounts = [...this.#mounts.values()];
    await Promise.all(mounts.map((mount) => mount[Symbol.asyncDispose]()));
    this.#loop.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #serve(
    device: FuseDevice,
    fileSystem: FileSystem,
    options: SessionOptions,
    place: Pick<MountOptions, 'target' | 'mountWith'>,
  ): ServedMount {
    const mounted = new ServedMount(device, fileSystem, options, place, {
      laterReply: this.#laterReply,
      giveBack: (frame) => this.#frames.give(frame),
      onError: this.#onError,
      onLeave: () => this.#remove(device.fd),
    });
    this.#mounts.set(device.fd, mounted);
    return mounted;
  }

  #remove(fd: number): void {
    if (this.#mounts.delete(fd)) this.#loop.remove(fd);
  }

  /** One request per mount and look, so that none can keep the others waiting. */
  #take(fd: number): Taken {
    const mounted = this.#mounts.get(fd);
    if (mounted === undefined) return 'nothing';
    const received = mounted.connection.receive(this.#frame);
    if (received === 'none') return 'nothing';
    this.#requests += 1;
    switch (received) {
      case 'ended':
        mounted.leave();
        return 'turn';
      case 'kept':
        this.#frame = this.#frames.take();
        return 'turn';
      case 'later':
        return 'turn';
      default:
        return 'taken';
    }
  }

  #refuseClosed(): void {
    if (this.#closed) throw new TypeError('This server was closed.');
  }
}

function mountRequest(device: number, options: MountOptions): Parameters<typeof mountFuse>[0] {
  const { target, source = 'graphdriver', subtype, flags = [], maxWrite = 1 << 20 } = options;
  const words: [string, string?][] = [
    ['rootmode', '40000'],
    ['user_id', `${process.getuid?.() ?? 0}`],
    ['group_id', `${process.getgid?.() ?? 0}`],
    ['max_read', `${maxWrite}`],
  ];
  if (options.defaultPermissions ?? true) words.push(['default_permissions']);
  if (options.allowOther ?? false) words.push(['allow_other']);
  return { device, target, source, flags, options: words, ...(subtype === undefined ? {} : { subtype }) };
}

function reportError(error: unknown, operation: string): void {
  process.stderr.write(
    `fuse: ${operation}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}
