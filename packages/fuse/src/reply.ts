import { DirectoryBuffer } from './directory-writer.ts';
import { ReplyBytes } from './reply-bytes.ts';

/** An answer being written, with what it may have beside its bytes. */
export class Reply extends ReplyBytes {
  #directory: DirectoryBuffer | undefined;
  /** Bytes that follow what is written here, without being copied here. */
  attached: Uint8Array | undefined;

  /** The writer of directory entries in this answer. There is one, to be begun anew each time. */
  get directory(): DirectoryBuffer {
    this.#directory ??= new DirectoryBuffer(this);
    return this.#directory;
  }
}
