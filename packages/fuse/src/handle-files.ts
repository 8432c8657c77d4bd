import {
  decodeAllocate,
  decodeCopyRange,
  decodeFlush,
  decodeIoctl,
  decodeLock,
  decodeOpen,
  decodeRead,
  decodeRelease,
  decodeSeek,
  decodeSync,
  decodeWrite,
} from './decode-files.ts';
import { encodeBytes, encodeIoctl, encodeLock, encodeOffset, encodeOpen, encodeSize, START } from './encode-answers.ts';
import { errno } from './errno.ts';
import { type Call, type Handler, type Handlers, handler, MISSING, nothing } from './handler.ts';
import { OPCODES } from './protocol.ts';
import type { FileLock, IoctlAnswer, OpenAnswer } from './requests.ts';

function changes(run: Handler<void>['run']): Handler<unknown> {
  return handler<void>({ run, encode: nothing });
}

/** What is done with open files. */
export const FILE_HANDLERS: Handlers = {
  [OPCODES.OPEN]: handler<OpenAnswer>({
    run: ({ fileSystem, message, context }) => fileSystem.open?.(message.node, decodeOpen(message), context) ?? MISSING,
    encode: ({ reply }, answer) => encodeOpen(reply, START, answer),
    undo: ({ fileSystem, message, context }, { handle }) =>
      fileSystem.release?.(message.node, { handle, flags: 0, lockOwner: 0n, unlockFlock: false }, context),
  }),
  [OPCODES.READ]: handler<number | Uint8Array>({
    run: ({ fileSystem, message, context, reply }) =>
      fileSystem.read?.(message.node, decodeRead(message, reply.payload), context) ?? MISSING,
    encode: encodeRead,
    keepsBuffers: true,
  }),
  [OPCODES.WRITE]: handler<number>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.write?.(message.node, decodeWrite(message), context) ?? MISSING,
    encode: ({ reply }, written) => encodeSize(reply, START, written),
    keepsBuffers: true,
  }),
  [OPCODES.RELEASE]: changes(({ fileSystem, message, context }) =>
    fileSystem.release?.(message.node, decodeRelease(message), context),
  ),
  [OPCODES.FLUSH]: changes(({ fileSystem, message, context }) =>
    fileSystem.flush === undefined ? MISSING : fileSystem.flush(message.node, decodeFlush(message), context),
  ),
  [OPCODES.FSYNC]: changes(({ fileSystem, message, context }) =>
    fileSystem.fsync === undefined ? MISSING : fileSystem.fsync(message.node, decodeSync(message), context),
  ),
  [OPCODES.SYNCFS]: changes(({ fileSystem, message, context }) =>
    fileSystem.syncfs === undefined ? MISSING : fileSystem.syncfs(message.node, context),
  ),
  [OPCODES.FALLOCATE]: changes(({ fileSystem, message, context }) =>
    fileSystem.fallocate === undefined ? MISSING : fileSystem.fallocate(message.node, decodeAllocate(message), context),
  ),
  [OPCODES.LSEEK]: handler<number>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.lseek?.(message.node, decodeSeek(message), context) ?? MISSING,
    encode: ({ reply }, offset) => encodeOffset(reply, START, offset),
  }),
  [OPCODES.COPY_FILE_RANGE]: copies(({ reply }, copied) => encodeSize(reply, START, copied)),
  [OPCODES.COPY_FILE_RANGE_64]: copies(({ reply }, copied) => encodeOffset(reply, START, copied)),
  [OPCODES.GETLK]: handler<FileLock>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.getlk?.(message.node, decodeLock(message), context) ?? MISSING,
    encode: ({ reply }, lock) => encodeLock(reply, START, lock),
  }),
  [OPCODES.SETLK]: changes(setLock),
  [OPCODES.SETLKW]: changes(setLock),
  [OPCODES.IOCTL]: handler<IoctlAnswer>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.ioctl?.(message.node, decodeIoctl(message), context) ?? MISSING,
    encode: ({ reply }, answer) => encodeIoctl(reply, START, answer),
    keepsBuffers: true,
  }),
};

function setLock({ fileSystem, message, context }: Call): ReturnType<Handler<void>['run']> {
  return fileSystem.setlk === undefined ? MISSING : fileSystem.setlk(message.node, decodeLock(message), context);
}

/** The older of the two has 32 bits for what was copied. */
function copies(encode: Handler<number>['encode']): Handler<unknown> {
  return handler<number>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.copyFileRange?.(message.node, decodeCopyRange(message), context) ?? MISSING,
    encode,
  });
}

function encodeRead({ reply, message }: Call, answer: number | Uint8Array): ReturnType<Handler<number>['encode']> {
  const { size } = decodeRead(message, reply.payload);
  const length = typeof answer === 'number' ? answer : answer.length;
  // More than was asked for is a defect of the file system, and would be one of the kernel's memory if it were not checked there too.
  if (length > size || length < 0) return errno('EIO');
  return typeof answer === 'number' ? START + answer : encodeBytes(reply, START, answer);
}
