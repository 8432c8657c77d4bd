import { errnoError, type FuseDevice } from '@graphdriver/host';
import { errno } from './errno.ts';
import { has } from './negotiate.ts';
import type { Notifier } from './notifier.ts';
import { NOTIFICATIONS, OUT_HEADER } from './protocol.ts';
import type { SessionParameters } from './session.ts';

const EXPIRE_ONLY = 1;
const ENOENT = 2;
const ENOTDIR = 20;
/** The minor version that came with it, and the size of the header and of struct fuse_notify_prune_out. */
const KNOWS_PRUNE = 45;
const PRUNE_SIZE = OUT_HEADER + 16;
// Longer names do not exist, and a notification has at most one (and its NUL).
const LARGEST = OUT_HEADER + 32 + 1024;

/** Writes notifications to the device. They have the header of an answer, with 0 for the request and the code for the error. */
export class DeviceNotifier implements Notifier {
  readonly #device: FuseDevice;
  readonly #parameters: SessionParameters;
  readonly #bytes = Buffer.alloc(LARGEST);

  constructor(device: FuseDevice, parameters: SessionParameters) {
    this.#device = device;
    this.#parameters = parameters;
  }

  inode(node: number, offset = 0, length = 0): boolean {
    this.#number(16, node);
    this.#number(24, offset);
    this.#number(32, length);
    return this.#send(NOTIFICATIONS.INVAL_INODE, 40);
  }

  entry(parent: number, name: string, { expire = false }: { readonly expire?: boolean } = {}): boolean {
    this.#number(16, parent);
    // A kernel that does not know it drops the name, which is more than was asked for but right.
    this.#bytes.writeUInt32LE(expire && has(this.#parameters.offered, 'HAS_EXPIRE_ONLY') ? EXPIRE_ONLY : 0, 28);
    return this.#send(NOTIFICATIONS.INVAL_ENTRY, this.#name(24, 32, name));
  }

  remove(parent: number, node: number, name: string): boolean {
    this.#number(16, parent);
    this.#number(24, node);
    this.#bytes.writeUInt32LE(0, 36);
    return this.#send(NOTIFICATIONS.DELETE, this.#name(32, 40, name));
  }

  store(node: number, offset: number, data: Uint8Array): boolean {
    this.#number(16, node);
    this.#number(24, offset);
    this.#bytes.writeUInt32LE(data.length, 32);
    this.#bytes.writeUInt32LE(0, 36);
    return this.#send(NOTIFICATIONS.STORE, 40, data);
  }

  resend(): boolean {
    if (!has(this.#parameters.offered, 'HAS_RESEND')) throw errno('EOPNOTSUPP');
    return this.#send(NOTIFICATIONS.RESEND, OUT_HEADER);
  }

  newEpoch(): boolean {
    return this.#send(NOTIFICATIONS.INC_EPOCH, OUT_HEADER);
  }

  async prune(nodes: readonly number[]): Promise<boolean> {
    if (this.#parameters.minor < KNOWS_PRUNE) return false;
    // Memory of its own: the thread reads it while other notifications are written.
    const bytes = Buffer.alloc(PRUNE_SIZE + 8 * nodes.length);
    bytes.writeUInt32LE(bytes.length, 0);
    bytes.writeInt32LE(NOTIFICATIONS.PRUNE, 4);
    bytes.writeUInt32LE(nodes.length, OUT_HEADER);
    for (const [index, node] of nodes.entries()) bytes.writeBigUInt64LE(BigInt(node), PRUNE_SIZE + 8 * index);
    // What fails is that the mount has come to its end meanwhile, or that memory is short.
    return (await this.#device.writeInThread(bytes)) >= 0;
  }

  #number(offset: number, value: number): void {
    this.#bytes.writeBigInt64LE(BigInt(value), offset);
  }

  /** Writes the length of a name and the name; returns its end. */
  #name(lengthAt: number, at: number, name: string): number {
    if (name.length === 0 || name.length > 1000 || name.includes('\0')) throw errno('EINVAL');
    this.#bytes.writeUInt32LE(name.length, lengthAt);
    const end = at + this.#bytes.write(name, at, 'latin1');
    this.#bytes[end] = 0;
    return end + 1;
  }

  #send(code: number, length: number, data?: Uint8Array): boolean {
    this.#bytes.writeUInt32LE(length + (data?.length ?? 0), 0);
    this.#bytes.writeInt32LE(code, 4);
    this.#bytes.fill(0, 8, OUT_HEADER);
    const result =
      data === undefined
        ? this.#device.write(this.#bytes, length)
        : this.#device.writePieces([this.#bytes.subarray(0, length), data]);
    if (result === -ENOENT || result === -ENOTDIR) return false;
    if (result < 0) throw errnoError('write', -result, '/dev/fuse');
    return true;
  }
}
