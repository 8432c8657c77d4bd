import { constants } from 'node:fs';
import {
  changeMode,
  changeOwner,
  closeFile,
  makeHardLink,
  openFile,
  renameFile,
  setTimes,
  truncateFile,
  writeBytes,
  writeXattr,
} from '@graphdriver/host';
import type { Touch } from '../bench-case.ts';
import { appendByte } from './append-byte.ts';

/** A file to be touched: where it lay at first, and its size then. */
export interface Touched {
  readonly path: string;
  readonly size: number;
}

const FOR_WRITING = constants.O_WRONLY | constants.O_NOFOLLOW;
const ONE_BYTE = Buffer.from('x');
const SECOND = 1_000_000_000n;

/** Each kind of touch. `turn` counts the touches of one file from 0, so that each of them changes something. */
export const TOUCH: Readonly<Record<Touch, (file: Touched, turn: number) => void>> = {
  append: ({ path }) => appendByte(path),
  middle: ({ path, size }) => withOpen(path, (fd) => writeBytes(fd, ONE_BYTE, 0, 1, Math.floor(size / 2))),
  truncate: ({ path, size }, turn) => withOpen(path, (fd) => truncateFile(fd, Math.floor(size / 2 ** (turn + 1)))),
  empty: ({ path }) => closeFile(openFile(path, FOR_WRITING | constants.O_TRUNC)),
  open: ({ path }) => closeFile(openFile(path, FOR_WRITING)),
  chmod: ({ path }, turn) => changeMode(path, turn % 2 === 0 ? 0o600 : 0o640),
  chown: ({ path }, turn) => changeOwner(path, turn + 1, turn + 1),
  rename: ({ path }, turn) => renameFile(renamed(path, turn), renamed(path, turn + 1)),
  link: ({ path }, turn) => makeHardLink(path, `${path}-link-${turn}`),
  utimens: ({ path }, turn) => setTimes(path, { mtime: BigInt(turn + 1) * SECOND }),
  setxattr: ({ path }, turn) => writeXattr(path, 'user.touched', Buffer.from(String(turn))),
};

function withOpen(path: string, change: (fd: number) => void): void {
  const fd = openFile(path, FOR_WRITING);
  try {
    change(fd);
  } finally {
    closeFile(fd);
  }
}

function renamed(path: string, turn: number): string {
  return turn === 0 ? path : `${path}-renamed-${turn}`;
}
