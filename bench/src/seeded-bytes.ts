import { createCipheriv, createHash } from 'node:crypto';

/**
 * Yields `size` bytes that no compressor or deduplicator can shrink, in pieces of at most `pieceSize`: the same seed gives the same bytes.
 *
 * They are the key stream of AES in counter mode, made at more than a gigabyte a second.
 */
export function* seededBytes(
  seed: string,
  size: number,
  pieceSize: number = 1024 * 1024,
): Generator<Buffer, void, undefined> {
  const digest = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', digest.subarray(0, 16), digest.subarray(16, 32));
  const zeros = Buffer.alloc(Math.min(size, pieceSize));
  for (let done = 0; done < size; done += zeros.length) {
    yield cipher.update(zeros.subarray(0, Math.min(zeros.length, size - done)));
  }
}
