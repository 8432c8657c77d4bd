import { setTimeout as pause } from 'node:timers/promises';
import type { CallOptions } from './call-options.ts';
import { assertBookmarkName, assertDatasetName, assertPropertyName, assertSnapshotName, datasetOf } from './names.ts';
import type { SettableValue } from './property-kinds.ts';
import { parseSendEstimate, type SendEstimate } from './send-estimate.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { isZfsError, ZfsError } from './zfs-error.ts';
import { propertyFlags } from './zfs-properties.ts';

/** How often, and at what distance in milliseconds, it is looked whether a broken stream has left anything. */
const CLEANING_ATTEMPTS = 30;
const CLEANING_PAUSE = 100;

/** How far a stream has come. */
export interface StreamProgress {
  /** Bytes that have passed. */
  readonly bytes: number;
}

/** Options of sending. There is no time limit unless `timeout` sets one. */
export interface SendOptions extends CallOptions {
  /** Send only what came after this snapshot or bookmark: a full name, or `@name` or `#name` of the same dataset. */
  readonly from?: string;
  /** With `from`: all snapshots in between too. */
  readonly intermediates?: boolean;
  /** All descendants, snapshots and properties too. */
  readonly replicate?: boolean;
  /** The properties too. */
  readonly properties?: boolean;
  /** Blocks as they are on disk, encrypted ones too. */
  readonly raw?: boolean;
  /** Compressed blocks as they are. */
  readonly compressed?: boolean;
  /** Blocks over 128 KiB as they are. */
  readonly largeBlocks?: boolean;
  /** Blocks that are embedded in their pointers as they are. */
  readonly embedded?: boolean;
  /** Called with each piece, so often. */
  readonly onProgress?: (progress: StreamProgress) => void;
}

/** Options of receiving. There is no time limit unless `timeout` sets one. */
export interface ReceiveOptions extends CallOptions {
  /** Roll the destination back to its newest snapshot first, or overwrite it by a full stream. */
  readonly force?: boolean;
  /** Do not mount it. */
  readonly unmounted?: boolean;
  /** Keep what has arrived when the stream breaks off, for {@link ZfsStreams.resume}. */
  readonly resumable?: boolean;
  /** Set these properties instead of those in the stream. */
  readonly properties?: Readonly<Record<string, SettableValue>>;
  /** Inherit these properties instead of those in the stream. */
  readonly exclude?: readonly string[];
  readonly onProgress?: (progress: StreamProgress) => void;
}

/** Sending and receiving. */
export class ZfsStreams {
  readonly #zfs: ZfsCommands;

  constructor(commands: ZfsCommands) {
    this.#zfs = commands;
  }

  /**
   * Sends a snapshot as a stream of bytes. Nothing is started before it is read, and the command ends when the reader stops.
   *
   * @throws {ZfsError} while reading: `DATASET_NOT_FOUND`, `STREAM_MISMATCH`, `UNSUPPORTED`, `ABORTED`
   */
  send(snapshot: string, options: SendOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    return counted(
      this.#zfs.stream('zfs', ['send', ...this.#sendArgs(snapshot, options)], options),
      options.onProgress,
    );
  }

  /** Guesses how large a stream will be. @throws {ZfsError} as `send`; `UNSUPPORTED` on zfs-fuse */
  async estimate(snapshot: string, options: SendOptions = {}): Promise<SendEstimate> {
    this.#zfs.require('sendEstimate', 'tell how large a stream will be');
    const args = ['send', '-nvP', ...this.#sendArgs(snapshot, options)];
    return parseSendEstimate(await this.#zfs.run('zfs', args, options));
  }

  /** Goes on with a stream that broke off, from the token that the destination has. @throws {ZfsError} `INVALID_STREAM`, `UNSUPPORTED` */
  resume(
    token: string,
    options: CallOptions & Pick<SendOptions, 'onProgress'> = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    this.#zfs.require('resumableStreams', 'go on with a broken stream');
    if (!/^[0-9a-f]+(-[0-9a-f]+)*$/.test(token)) throw new ZfsError('INVALID_STREAM', 'This is no token of a stream.');
    return counted(this.#zfs.stream('zfs', ['send', '-t', token], options), options.onProgress);
  }

  /** The token of a stream that broke off while it was received resumably; `undefined` where there is none. @throws {ZfsError} `DATASET_NOT_FOUND`, `UNSUPPORTED` */
  async resumeToken(name: string, options: CallOptions = {}): Promise<string | undefined> {
    assertDatasetName(name);
    this.#zfs.require('resumableStreams', 'go on with a broken stream');
    const token = await this.#zfs.run('zfs', ['get', '-Hp', '-o', 'value', 'receive_resume_token', name], options);
    return token.trim() === '-' || token.trim() === '' ? undefined : token.trim();
  }

  /** Throws away what has arrived of a stream that broke off. @throws {ZfsError} `DATASET_NOT_FOUND`, `UNSUPPORTED` */
  async abandon(name: string, options: CallOptions = {}): Promise<void> {
    assertDatasetName(name);
    this.#zfs.require('resumableStreams', 'go on with a broken stream');
    await this.#zfs.run('zfs', ['receive', '-A', name], options);
  }

  /**
   * Receives a stream as a dataset, or as the next snapshot of one that is there; returns how many bytes it took.
   *
   * A source that fails ends the command, and nothing of a broken stream stays, except where it is received resumably.
   *
   * @throws {ZfsError} `DATASET_EXISTS`, `DATASET_NOT_FOUND` of the parent, `STREAM_MISMATCH`, `INVALID_STREAM`, `OUT_OF_SPACE`; what the source throws
   */
  async receive(
    name: string,
    source: AsyncIterable<Uint8Array>,
    options: ReceiveOptions = {},
  ): Promise<StreamProgress> {
    let bytes = 0;
    const passing = counted(source, (progress) => {
      bytes = progress.bytes;
      options.onProgress?.(progress);
    });
    const args = this.#receiveArgs(name, options);
    const isNew = options.resumable !== true && !(await this.#isThere(name, options));
    try {
      await this.#zfs.feed('zfs', ['receive', ...args], passing, options);
    } catch (error) {
      if (isNew) await this.#awaitGone(name);
      throw error;
    }
    if (!this.#zfs.capabilities.receiveReports) await this.#assertReceived(name, options);
    return { bytes };
  }

  #sendArgs(snapshot: string, options: SendOptions): string[] {
    assertSnapshotName(snapshot);
    const { from, replicate, properties, raw, compressed, largeBlocks, embedded } = options;
    if (raw === true || compressed === true || largeBlocks === true || embedded === true)
      this.#zfs.require('rawStreams', 'send blocks as they are');
    const flags = { R: replicate, p: properties, w: raw, c: compressed, L: largeBlocks, e: embedded };
    const set = Object.entries(flags).flatMap(([flag, on]) => (on === true ? [`-${flag}`] : []));
    if (from === undefined) return [...set, snapshot];
    return [...set, options.intermediates === true ? '-I' : '-i', this.#startOf(from, snapshot), snapshot];
  }

  #startOf(from: string, snapshot: string): string {
    const start = /^[@#]/.test(from) ? `${datasetOf(snapshot)}${from}` : from;
    if (!start.includes('#')) assertSnapshotName(start);
    else {
      assertBookmarkName(start);
      this.#zfs.require('bookmarks', 'send from a bookmark');
    }
    return start;
  }

  #receiveArgs(name: string, { force, unmounted, resumable, properties, exclude = [] }: ReceiveOptions): string[] {
    if (name.includes('@')) assertSnapshotName(name);
    else assertDatasetName(name);
    if (unmounted === true) this.#zfs.require('createUnmounted', 'receive without mounting');
    if (resumable === true) this.#zfs.require('resumableStreams', 'go on with a broken stream');
    const overrides = propertyFlags(properties);
    if (overrides.length > 0 || exclude.length > 0)
      this.#zfs.require('receiveProperties', 'override properties of a stream');
    for (const property of exclude) assertPropertyName(property);
    return [
      ...(force === true ? ['-F'] : []),
      ...(unmounted === true ? ['-u'] : []),
      ...(resumable === true ? ['-s'] : []),
      ...overrides,
      ...exclude.flatMap((property) => ['-x', property]),
      name,
    ];
  }

  async #isThere(name: string, options: CallOptions): Promise<boolean> {
    try {
      await this.#zfs.run('zfs', ['get', '-Hp', '-o', 'value', 'type', name], options);
      return true;
    } catch (error) {
      if (isZfsError(error, 'DATASET_NOT_FOUND')) return false;
      throw error;
    }
  }

  /** The daemon of zfs-fuse, and a kernel that is busy, clean up after a command that was ended only when it is gone. */
  async #awaitGone(name: string): Promise<void> {
    for (let attempt = 0; attempt < CLEANING_ATTEMPTS; attempt += 1) {
      // An error here is of no interest beside the one that is on its way.
      if (!(await this.#isThere(name, {}).catch(() => false))) return;
      await pause(CLEANING_PAUSE);
    }
  }

  /** zfs-fuse takes an incremental stream for a dataset that is not there, makes nothing of it, and reports success. */
  async #assertReceived(name: string, options: CallOptions): Promise<void> {
    if (await this.#isThere(name, options)) return;
    throw new ZfsError('STREAM_MISMATCH', `The stream made no ${name}: it is an incremental one.`);
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onProgress: ((progress: StreamProgress) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.length;
    onProgress?.({ bytes });
    yield piece;
  }
}
