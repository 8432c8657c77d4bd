import { performance } from 'node:perf_hooks';
import { errnoError, type FuseDevice } from '@graphdriver/host';
import { Counters } from './counters.ts';
import { decodeForget, decodeInterrupt } from './decode-files.ts';
import { DeviceNotifier } from './device-notifier.ts';
import { Errno, errnoOf } from './errno.ts';
import type { SessionOptions } from './features.ts';
import type { FileSystem } from './file-system.ts';
import type { Frame } from './frame.ts';
import { ATTRIBUTE_HANDLERS } from './handle-attributes.ts';
import { DIRECTORY_HANDLERS } from './handle-directories.ts';
import { FILE_HANDLERS } from './handle-files.ts';
import { NAME_HANDLERS } from './handle-names.ts';
import { type Call, type Handler, type Handlers, MISSING } from './handler.ts';
import { Message } from './message.ts';
import { decodeInit, encodeInit, encodeVersion, negotiate } from './negotiate.ts';
import type { Notifier } from './notifier.ts';
import { MAJOR, OPCODES, OUT_HEADER, operationName } from './protocol.ts';
import type { Reply } from './reply.ts';
import { RequestContext } from './request-context.ts';
import type { Session, SessionParameters } from './session.ts';

const HANDLERS: Handlers = { ...NAME_HANDLERS, ...ATTRIBUTE_HANDLERS, ...FILE_HANDLERS, ...DIRECTORY_HANDLERS };
// An array is looked up faster than an object with numbers for keys.
const byOpcode: (Handler<unknown> | undefined)[] = [];
for (const [opcode, handler] of Object.entries(HANDLERS)) byOpcode[Number(opcode)] = handler;

const ENOENT = 2;
const EINTR = 4;
const EIO = 5;
const EAGAIN = 11;
const ENODEV = 19;
const EPROTO = 71;
const ECONNABORTED = 103;

/** What a connection needs of the server that it is part of. */
export interface ConnectionHost {
  /** Where answers that come later are written: never in use while other code runs. */
  readonly laterReply: Reply;
  /** Takes back a frame that was kept for an answer that came later. */
  giveBack(frame: Frame): void;
  /** Tells of a defect in a file system: an error that is no errno, an answer that cannot be encoded. */
  onError(error: unknown, operation: string): void;
  /** The file system can now be asked, or never will be. */
  onReady(failure: Error | undefined): void;
}

/**
 * What became of an attempt to take a request: there was `none`; it was `done`; its answer comes `later`, or later and until then
 * the frame is `kept`; or the mount has `ended`.
 */
export type Received = 'none' | 'done' | 'later' | 'kept' | 'ended';

/** One mount: takes its requests from the device, passes them to the file system, and writes the answers. */
export class Connection implements Session {
  readonly device: FuseDevice;
  readonly counters: Counters = new Counters();
  readonly #fileSystem: FileSystem;
  readonly #options: SessionOptions;
  readonly #host: ConnectionHost;
  readonly #pending = new Map<number, RequestContext>();
  #parameters: SessionParameters | undefined;
  #notifier: Notifier | undefined;
  #ended = false;

  constructor(device: FuseDevice, fileSystem: FileSystem, options: SessionOptions, host: ConnectionHost) {
    this.device = device;
    this.#fileSystem = fileSystem;
    this.#options = options;
    this.#host = host;
  }

  get parameters(): SessionParameters {
    if (this.#parameters === undefined) throw new TypeError('The kernel has not agreed to anything yet.');
    return this.#parameters;
  }

  get notify(): Notifier {
    this.#notifier ??= new DeviceNotifier(this.device, this.parameters);
    return this.#notifier;
  }

  get passthrough(): boolean {
    return this.parameters.stackDepth > 0;
  }

  /** How many requests wait for an answer by promise. */
  get pending(): number {
    return this.#pending.size;
  }

  openBacking(fd: number): number {
    const result = this.device.openBacking(fd);
    if (result < 0) throw errnoError('ioctl', -result, '/dev/fuse');
    return result;
  }

  closeBacking(backingId: number): void {
    const result = this.device.closeBacking(backingId);
    if (result < 0) throw errnoError('ioctl', -result, '/dev/fuse');
  }

  /** Goes on with what was agreed on before: by another process, or by this one. */
  begin(parameters: SessionParameters): void {
    this.#parameters = parameters;
    this.#fileSystem.init?.(this);
    this.#host.onReady(undefined);
  }

  /** Takes one request, if there is one, and answers it or sees to it that it will be. Never throws, never blocks. */
  receive(frame: Frame): Received {
    const length = this.device.read(frame.message.bytes);
    if (length < 0) return this.#refused(-length);
    try {
      frame.message.receive(length);
      return this.#take(frame);
    } catch (error) {
      this.#host.onError(error, 'REQUEST');
      return 'done';
    }
  }

  #refused(errno: number): Received {
    // EIO is a request that is larger than the buffer: the kernel has failed it itself.
    if (errno === EAGAIN || errno === EINTR || errno === ENOENT || errno === EIO) return 'none';
    if (errno !== ENODEV && errno !== ECONNABORTED)
      this.#host.onError(errnoError('read', errno, '/dev/fuse'), 'REQUEST');
    return 'ended';
  }

  /** The mount is gone: nothing more comes, and what is still promised goes nowhere. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const context of this.#pending.values()) context.interrupt();
    this.#pending.clear();
    try {
      if (this.#parameters !== undefined) this.#fileSystem.destroy?.();
    } catch (error) {
      this.#host.onError(error, 'DESTROY');
    }
  }

  /** Those that have no answer, or one that no file system gives, and all others. */
  #take(frame: Frame): Received {
    const { message } = frame;
    switch (message.opcode) {
      case OPCODES.FORGET:
      case OPCODES.BATCH_FORGET:
        return this.#forget(message);
      case OPCODES.INTERRUPT:
        this.#pending.get(decodeInterrupt(message))?.interrupt();
        return 'done';
      case OPCODES.INIT:
        this.#initialise(frame);
        return 'done';
      case OPCODES.DESTROY:
        this.#write(message, frame.reply, OUT_HEADER, 0);
        return 'done';
      default:
        return this.#ask(frame);
    }
  }

  #forget(message: Message): Received {
    const started = performance.now();
    const forget = this.#fileSystem.forget?.bind(this.#fileSystem);
    if (forget !== undefined) decodeForget(message, forget);
    this.counters.add(message.opcode, performance.now() - started, false);
    return 'done';
  }

  #initialise({ message, reply }: Frame): void {
    try {
      const offer = decodeInit(message);
      if (offer.major > MAJOR) {
        this.#write(message, reply, encodeVersion(reply), 0);
        return;
      }
      const agreed = negotiate(offer, this.#fileSystem, this.#options);
      this.#write(message, reply, encodeInit(reply, offer, agreed, this.#options), 0);
      this.begin(agreed);
    } catch (error) {
      this.#write(message, reply, OUT_HEADER, errnoOf(error) ?? EPROTO);
      this.#host.onReady(
        error instanceof Error ? error : new Error('The file system did not begin.', { cause: error }),
      );
    }
  }

  #ask(frame: Frame): Received {
    const { message, reply } = frame;
    const { opcode } = message;
    const started = performance.now();
    const handler = byOpcode[opcode];
    if (handler === undefined || this.#parameters === undefined) {
      this.#write(message, reply, OUT_HEADER, -MISSING.errno);
      return 'done';
    }
    const context = new RequestContext(message);
    const call: Call = { fileSystem: this.#fileSystem, parameters: this.#parameters, message, context, reply };
    let answer: unknown;
    try {
      answer = handler.run(call);
    } catch (error) {
      this.#fail(call, error, started);
      return 'done';
    }
    if (answer instanceof Promise) return this.#later(frame, call, handler, answer, started);
    this.#answer(call, handler, answer, started);
    return 'done';
  }

  /** Keeps what the answer will need: the whole frame where the file system has memory of it, else no more than the message. */
  #later(frame: Frame, call: Call, handler: Handler<unknown>, answer: Promise<unknown>, started: number): Received {
    const kept = handler.keepsBuffers === true;
    const { message } = call;
    const { id } = call.context;
    this.#pending.set(id, call.context);
    const later: Call = kept
      ? call
      : {
          ...call,
          message: new Message(Buffer.from(message.bytes.subarray(0, message.length))),
          reply: this.#host.laterReply,
        };
    const settle = (deliver: () => void): void => {
      this.#pending.delete(id);
      if (!this.#ended) deliver();
      if (kept) this.#host.giveBack(frame);
    };
    answer.then(
      (value) => settle(() => this.#answer(later, handler, value, started)),
      (error: unknown) => settle(() => this.#fail(later, error, started)),
    );
    return kept ? 'kept' : 'later';
  }

  #answer(call: Call, handler: Handler<unknown>, answer: unknown, started: number): void {
    if (answer instanceof Errno) {
      this.#fail(call, answer, started);
      return;
    }
    const { message, reply } = call;
    let end: number | Errno;
    try {
      end = handler.encode(call, answer);
    } catch (error) {
      this.#fail(call, error, started);
      return;
    }
    if (end instanceof Errno) {
      this.#fail(call, end, started);
      return;
    }
    const gone = !this.#write(message, reply, end, 0);
    this.counters.add(message.opcode, performance.now() - started, false);
    if (gone) this.#undo(call, handler, answer);
  }

  #undo(call: Call, handler: Handler<unknown>, answer: unknown): void {
    const report = (error: unknown): void => this.#host.onError(error, operationName(call.message.opcode));
    try {
      Promise.resolve(handler.undo?.(call, answer)).catch(report);
    } catch (error) {
      report(error);
    }
  }

  #fail({ message, reply }: Call, error: unknown, started: number): void {
    const number = errnoOf(error);
    if (number === undefined) this.#host.onError(error, operationName(message.opcode));
    reply.attached = undefined;
    this.#write(message, reply, OUT_HEADER, number ?? EIO);
    this.counters.add(message.opcode, performance.now() - started, true);
  }

  /** Answers `false` where nobody waits for it any more. */
  #write(message: Message, reply: Reply, end: number, failure: number): boolean {
    const attached = reply.attached;
    reply.attached = undefined;
    reply.header(end + (attached?.length ?? 0), -failure, message.uniqueLow, message.uniqueHigh);
    const result =
      attached === undefined
        ? this.device.write(reply.bytes, end)
        : this.device.writePieces([reply.bytes.subarray(0, end), attached]);
    if (result >= 0) return true;
    // It was interrupted and given up, or the mount is gone. Anything else means that the kernel did not like the answer.
    if (result !== -ENOENT && result !== -ENODEV && result !== -ECONNABORTED) {
      this.#host.onError(errnoError('write', -result, '/dev/fuse'), operationName(message.opcode));
      if (failure === 0) return this.#write(message, reply, OUT_HEADER, EIO);
    }
    return false;
  }
}
