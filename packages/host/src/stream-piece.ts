/**
 * How many bytes a stream of a large file should read at once (`highWaterMark`). Each piece wakes up another thread, which takes as long
 * as reading half a mebibyte where idle processors halt: unpacking an archive in pieces of Node's 64 KiB takes half as long again.
 */
export const STREAM_PIECE: number = 4 * 1024 * 1024;
