import { createHash, type Hash } from 'node:crypto';
import { StoreError } from '../store-error.ts';

/** The name of content by what it says: `sha256:` and 64 digits. */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Tells whether `text` is a digest in the one form that this store computes. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** The digest's 64 digits, as file names have them. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest of bytes that are all there. */
export function digestOf(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Sums up a stream that passes by. */
export class Digester {
  readonly #hash: Hash = createHash('sha256');
  #size = 0;

  /** Bytes that have passed. */
  get size(): number {
    return this.#size;
  }

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  /** The digest of all that has passed. To be asked once, at the end. */
  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}

/** What content must turn out to be. */
export interface Expected {
  readonly digest: Digest;
  /** Bytes, where that is known. More are not read. */
  readonly size?: number;
}

/**
 * Hands on a stream unchanged, and fails at its end where it was not what `expected` says; where it is longer, at once.
 *
 * @throws {StoreError} `DIGEST_MISMATCH`
 */
export async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  expected: Expected,
  what: string,
): AsyncGenerator<Uint8Array> {
  const digester = new Digester();
  for await (const chunk of bytes) {
    digester.add(chunk);
    if (expected.size !== undefined && digester.size > expected.size) throw mismatch(what, expected, digester.size);
    yield chunk;
  }
  if (expected.size !== undefined && digester.size !== expected.size) throw mismatch(what, expected, digester.size);
  const digest = digester.digest();
  if (digest !== expected.digest) throw digestMismatch(what, expected.digest, digest);
}

/** The error for content whose digest is another than the one that names it. */
export function digestMismatch(what: string, expected: Digest, found: Digest): StoreError {
  return new StoreError('DIGEST_MISMATCH', `The content of ${what} has the digest ${found} and not ${expected}.`, {
    hint: 'The data is damaged or was tampered with: fetch it again.',
    details: { expected, found },
  });
}

function mismatch(what: string, { digest, size }: Expected, found: number): StoreError {
  const length = found > (size ?? 0) ? 'longer' : 'shorter';
  return new StoreError(
    'DIGEST_MISMATCH',
    `The content of ${what} is ${length} than the ${size} bytes that it should have.`,
    {
      hint: 'The data is damaged or was tampered with: fetch it again.',
      details: { expected: digest, size, found },
    },
  );
}
