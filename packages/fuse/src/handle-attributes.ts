import type { AttributesAnswer } from './attributes.ts';
import {
  decodeAccess,
  decodeGetAttributes,
  decodeSetAttributes,
  decodeSetXattr,
  decodeXattrName,
  decodeXattrSize,
} from './decode-attributes.ts';
import { decodeName } from './decode-names.ts';
import { encodeBytes, encodeNames, encodeSize, encodeStatistics, namesSize, START } from './encode-answers.ts';
import { encodeAttributesAnswer } from './encode-attributes.ts';
import { errno } from './errno.ts';
import { type Call, type Handler, type Handlers, handler, MISSING, nothing } from './handler.ts';
import { has } from './negotiate.ts';
import { OPCODES } from './protocol.ts';
import type { FilesystemStatistics } from './requests.ts';

// What a file system without `statfs` tells: a name length, and otherwise nothing.
const NO_STATISTICS: FilesystemStatistics = {
  blocks: 0,
  freeBlocks: 0,
  availableBlocks: 0,
  files: 0,
  freeFiles: 0,
  blockSize: 512,
  nameLength: 255,
};

function attributes(run: Handler<AttributesAnswer>['run']): Handler<unknown> {
  return handler<AttributesAnswer>({
    run,
    encode: ({ reply }, answer) => encodeAttributesAnswer(reply, START, answer),
  });
}

function changes(run: Handler<void>['run']): Handler<unknown> {
  return handler<void>({ run, encode: nothing });
}

/** What is asked and told about a node: its attributes, extended ones among them. */
export const ATTRIBUTE_HANDLERS: Handlers = {
  [OPCODES.GETATTR]: attributes(
    ({ fileSystem, message, context }) =>
      fileSystem.getattr?.(message.node, decodeGetAttributes(message), context) ?? MISSING,
  ),
  [OPCODES.SETATTR]: attributes(
    ({ fileSystem, message, context }) =>
      fileSystem.setattr?.(message.node, decodeSetAttributes(message), context) ?? MISSING,
  ),
  [OPCODES.READLINK]: handler<string | Uint8Array>({
    run: ({ fileSystem, message, context }) => fileSystem.readlink?.(message.node, context) ?? MISSING,
    encode: ({ reply }, target) =>
      typeof target === 'string' ? reply.text(START, target) : encodeBytes(reply, START, target),
  }),
  [OPCODES.STATFS]: handler<FilesystemStatistics>({
    run: ({ fileSystem, message, context }) => fileSystem.statfs?.(message.node, context) ?? NO_STATISTICS,
    encode: ({ reply }, answer) => encodeStatistics(reply, START, answer),
  }),
  [OPCODES.ACCESS]: changes(({ fileSystem, message, context }) =>
    fileSystem.access === undefined ? MISSING : fileSystem.access(message.node, decodeAccess(message), context),
  ),
  [OPCODES.SETXATTR]: {
    ...changes(({ fileSystem, message, context, parameters }) =>
      fileSystem.setxattr === undefined
        ? MISSING
        : fileSystem.setxattr(message.node, decodeSetXattr(message, has(parameters.flags, 'SETXATTR_EXT')), context),
    ),
    keepsBuffers: true,
  },
  [OPCODES.GETXATTR]: handler<Uint8Array>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.getxattr?.(message.node, decodeXattrName(message), context) ?? MISSING,
    encode: encodeValue,
  }),
  [OPCODES.LISTXATTR]: handler<readonly string[]>({
    run: ({ fileSystem, message, context }) => fileSystem.listxattr?.(message.node, context) ?? MISSING,
    encode: ({ reply, message }, names) => {
      const room = decodeXattrSize(message);
      if (room === 0) return encodeSize(reply, START, namesSize(names));
      return encodeNames(reply, START, names, Math.min(room, reply.payload.length)) ?? errno('ERANGE');
    },
  }),
  [OPCODES.REMOVEXATTR]: changes(({ fileSystem, message, context }) =>
    fileSystem.removexattr === undefined ? MISSING : fileSystem.removexattr(message.node, decodeName(message), context),
  ),
};

function encodeValue({ reply, message }: Call, value: Uint8Array): ReturnType<Handler<Uint8Array>['encode']> {
  const room = decodeXattrSize(message);
  if (room === 0) return encodeSize(reply, START, value.length);
  return value.length > room ? errno('ERANGE') : encodeBytes(reply, START, value);
}
