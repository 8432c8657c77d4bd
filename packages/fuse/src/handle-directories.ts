import { decodeOpen, decodeRead, decodeRelease, decodeSync } from './decode-files.ts';
import type { DirectoryPlusWriter } from './directory-writer.ts';
import { encodeOpen, START } from './encode-answers.ts';
import type { ReadDirectoryRequest } from './file-system.ts';
import { type Call, type Handler, type Handlers, handler, MISSING, nothing } from './handler.ts';
import { OPCODES } from './protocol.ts';
import type { OpenAnswer } from './requests.ts';

/** What is done with open directories. */
export const DIRECTORY_HANDLERS: Handlers = {
  [OPCODES.OPENDIR]: handler<OpenAnswer>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.opendir?.(message.node, decodeOpen(message), context) ?? MISSING,
    encode: ({ reply }, answer) => encodeOpen(reply, START, answer),
    undo: ({ fileSystem, message, context }, { handle }) =>
      fileSystem.releasedir?.(message.node, { handle, flags: 0, lockOwner: 0n, unlockFlock: false }, context),
  }),
  [OPCODES.READDIR]: listing((call) => {
    const { fileSystem, message, context } = call;
    if (fileSystem.readdir === undefined) return MISSING;
    return fileSystem.readdir(message.node, begin(call, { withEntries: false }), context);
  }),
  [OPCODES.READDIRPLUS]: listing((call) => {
    const { fileSystem, message, context } = call;
    if (fileSystem.readdirplus === undefined) return MISSING;
    return fileSystem.readdirplus(message.node, begin(call, { withEntries: true }), context);
  }),
  [OPCODES.RELEASEDIR]: handler<void>({
    run: ({ fileSystem, message, context }) => fileSystem.releasedir?.(message.node, decodeRelease(message), context),
    encode: nothing,
  }),
  [OPCODES.FSYNCDIR]: handler<void>({
    run: ({ fileSystem, message, context }) =>
      fileSystem.fsyncdir === undefined ? MISSING : fileSystem.fsyncdir(message.node, decodeSync(message), context),
    encode: nothing,
  }),
};

function listing(run: Handler<void>['run']): Handler<unknown> {
  return handler<void>({
    run,
    encode: ({ reply }) => START + reply.directory.length,
    undo: ({ fileSystem, reply }) => {
      for (const node of reply.directory.nodes()) fileSystem.forget?.(node, 1);
    },
    keepsBuffers: true,
  });
}

function begin(call: Call, kind: { readonly withEntries: boolean }): ReadDirectoryRequest<DirectoryPlusWriter> {
  const { message, reply } = call;
  const { handle, offset, size } = decodeRead(message, reply.payload);
  reply.directory.begin(size, kind);
  return { handle, offset, entries: reply.directory };
}
