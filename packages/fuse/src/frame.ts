import { Message } from './message.ts';
import { Reply } from './reply.ts';

// An empty message, so that a Message can be made before one is there.
const HEADER = Buffer.alloc(40);
HEADER.writeUInt32LE(40, 0);

/** Memory for one request and its answer. */
export class Frame {
  readonly message: Message;
  readonly reply: Reply;

  constructor(capacity: number) {
    const bytes = Buffer.alloc(capacity);
    HEADER.copy(bytes);
    this.message = new Message(bytes, HEADER.length);
    this.reply = new Reply(capacity);
  }
}

const SPARE = 4;

/** Frames for the requests that are answered later, which keep theirs until then. */
export class FramePool {
  readonly #capacity: number;
  readonly #free: Frame[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  take(): Frame {
    return this.#free.pop() ?? new Frame(this.#capacity);
  }

  give(frame: Frame): void {
    if (this.#free.length < SPARE) this.#free.push(frame);
  }
}
