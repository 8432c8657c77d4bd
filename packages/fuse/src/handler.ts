import { type Errno, errno } from './errno.ts';
import type { Answer, FileSystem } from './file-system.ts';
import type { Message } from './message.ts';
import type { Reply } from './reply.ts';
import type { RequestContext } from './request-context.ts';
import type { SessionParameters } from './session.ts';

/** A request on its way: what came, who asked, who is to answer, and where the answer is written. */
export interface Call {
  readonly fileSystem: FileSystem;
  readonly parameters: SessionParameters;
  readonly message: Message;
  readonly context: RequestContext;
  readonly reply: Reply;
}

/** How one kind of request is read, passed on, and answered. */
export interface Handler<T> {
  /** Decodes and asks the file system. */
  run(call: Call): Answer<T>;
  /** Writes the answer; returns where it ends. */
  encode(call: Call, answer: T): number | Errno;
  /** The one who asked was gone when the answer came: takes back what it would have counted. */
  undo?(call: Call, answer: T): unknown;
  /** The file system was given memory of the message or the reply, which has to stay until it has answered. */
  readonly keepsBuffers?: boolean;
}

/** What a file system without the method answers. */
export const MISSING: Errno = errno('ENOSYS');

/** A table of handlers. */
export type Handlers = Readonly<Record<number, Handler<unknown>>>;

/** A handler among others of other kinds. */
export function handler<T>(handler: Handler<T>): Handler<unknown> {
  // What `run` gives is only ever passed to `encode` and `undo` of the same handler.
  return handler as Handler<unknown>;
}

/** The end of an answer that has nothing but its header. */
export function nothing({ reply }: Call): number {
  return reply.payload.byteOffset - reply.bytes.byteOffset;
}
