/**
 * What is wrong with a message:
 *
 * - `truncated`: it is shorter than its kind must be, or than it says.
 * - `unterminated`: a name in it has no end.
 * - `too-large`: a 64-bit number in it is 2^53 or more, which a number of JavaScript cannot hold.
 * - `unknown-value`: a number in it stands for nothing that the protocol has.
 * - `version`: the kernel speaks a protocol that this package does not.
 */
export type ProtocolErrorReason = 'truncated' | 'unterminated' | 'too-large' | 'unknown-value' | 'version';

const EINVAL = 22;
const EFBIG = 27;
const EPROTO = 71;

/** A message of the kernel that this package cannot read. Requests that cause one are answered with its errno. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly reason: ProtocolErrorReason;
  /** Negative, as errors of Node have it. */
  readonly errno: number;

  constructor(reason: ProtocolErrorReason, message: string) {
    super(message);
    this.reason = reason;
    this.errno = reason === 'too-large' ? -EFBIG : reason === 'version' ? -EPROTO : -EINVAL;
  }
}
