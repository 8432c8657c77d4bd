import { randomBytes } from 'node:crypto';

/** Base32 (RFC 4648), as in Docker's names: no two of them differ in case alone. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** So that `l/ABCD:` of 500 layers, which is as many as the kernel stacks, takes 3,500 bytes of the 4,095 that mount(2) takes. */
export const SHORTEST_NAME = 4;

/** Names that are tried of every length before longer ones: there are a million of the shortest. */
const TRIES = 4;

const NAME = /^[A-Z2-7]{4,26}$/;
const PREFIX = 'l/';

/** A word at random for the `attempt`th try, counted from 0, to find one that no layer has. */
export function randomName(attempt: number): string {
  const length = SHORTEST_NAME + Math.floor(attempt / TRIES);
  return Array.from(randomBytes(length), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
}

/** Tells names, and those of Docker's 26 letters, from what a crash makes of a file. */
export function isShortName(text: string): boolean {
  return NAME.test(text);
}

/** The line of a layer called `name` on top of the layers that `below` says, which is `null` where there are none. */
export function chainLine(name: string, below: string | null): string {
  return below === null ? `${PREFIX}${name}` : `${PREFIX}${name}:${below}`;
}

/** The names in a {@link chainLine}, top to bottom, or `undefined` where the text is none. */
export function namesInLine(text: string): readonly string[] | undefined {
  const parts = text.split(':');
  if (!parts.every((part) => part.startsWith(PREFIX) && isShortName(part.slice(PREFIX.length)))) return undefined;
  return parts.map((part) => part.slice(PREFIX.length));
}
