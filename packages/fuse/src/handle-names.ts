import type { Absence, Entry } from './attributes.ts';
import {
  decodeCreate,
  decodeLink,
  decodeMakeDirectory,
  decodeMakeNode,
  decodeName,
  decodeRename,
  decodeSymlink,
} from './decode-names.ts';
import { encodeCreate, START } from './encode-answers.ts';
import { encodeEntry } from './encode-attributes.ts';
import type { CreateAnswer } from './file-system.ts';
import { type Call, type Handler, type Handlers, handler, MISSING, nothing } from './handler.ts';
import { OPCODES } from './protocol.ts';

type Maker<T> = Handler<T>['run'];

function entries(run: Maker<Entry | Absence>): Handler<unknown> {
  return handler<Entry | Absence>({
    run,
    encode: ({ reply }, entry) => encodeEntry(reply, START, entry),
    undo: ({ fileSystem }, entry) => {
      if (entry.node !== 0) fileSystem.forget?.(entry.node, 1);
    },
  });
}

function creates(run: Maker<CreateAnswer>): Handler<unknown> {
  return handler<CreateAnswer>({
    run,
    encode: ({ reply }, answer) => encodeCreate(reply, START, answer),
    undo: undoCreate,
  });
}

function undoCreate({ fileSystem, context }: Call, { entry, open }: CreateAnswer): unknown {
  const request = { handle: open.handle, flags: 0, lockOwner: 0n, unlockFlock: false };
  const released = fileSystem.release?.(entry.node, request, context);
  fileSystem.forget?.(entry.node, 1);
  return released;
}

function changes(run: Maker<void>): Handler<unknown> {
  return handler<void>({ run, encode: nothing });
}

/** What finds, makes, moves and removes names. */
export const NAME_HANDLERS: Handlers = {
  [OPCODES.LOOKUP]: entries(
    ({ fileSystem, message, context }) => fileSystem.lookup?.(message.node, decodeName(message), context) ?? MISSING,
  ),
  [OPCODES.MKNOD]: entries(
    ({ fileSystem, message, context }) => fileSystem.mknod?.(message.node, decodeMakeNode(message), context) ?? MISSING,
  ),
  [OPCODES.MKDIR]: entries(
    ({ fileSystem, message, context }) =>
      fileSystem.mkdir?.(message.node, decodeMakeDirectory(message), context) ?? MISSING,
  ),
  [OPCODES.SYMLINK]: entries(
    ({ fileSystem, message, context }) =>
      fileSystem.symlink?.(message.node, decodeSymlink(message), context) ?? MISSING,
  ),
  [OPCODES.LINK]: entries(
    ({ fileSystem, message, context }) => fileSystem.link?.(message.node, decodeLink(message), context) ?? MISSING,
  ),
  [OPCODES.CREATE]: creates(
    ({ fileSystem, message, context }) => fileSystem.create?.(message.node, decodeCreate(message), context) ?? MISSING,
  ),
  [OPCODES.TMPFILE]: creates(
    ({ fileSystem, message, context }) => fileSystem.tmpfile?.(message.node, decodeCreate(message), context) ?? MISSING,
  ),
  [OPCODES.UNLINK]: changes(({ fileSystem, message, context }) =>
    fileSystem.unlink === undefined ? MISSING : fileSystem.unlink(message.node, decodeName(message), context),
  ),
  [OPCODES.RMDIR]: changes(({ fileSystem, message, context }) =>
    fileSystem.rmdir === undefined ? MISSING : fileSystem.rmdir(message.node, decodeName(message), context),
  ),
  [OPCODES.RENAME]: changes(rename),
  [OPCODES.RENAME2]: changes(rename),
};

function rename({ fileSystem, message, context }: Call): ReturnType<Maker<void>> {
  return fileSystem.rename === undefined ? MISSING : fileSystem.rename(message.node, decodeRename(message), context);
}
