import { constants } from 'node:fs';
import { closeFile, openFile, truncateFile, writeBytes } from '@graphdriver/host';

const ONE_BYTE = Buffer.from('x');

/** The write that is timed: open, one byte at the end, close, without a sync of our own. */
export function appendByte(path: string): void {
  const fd = openFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    writeBytes(fd, ONE_BYTE);
  } finally {
    closeFile(fd);
  }
}

/** Gives a file its size again. */
export function resetFile(path: string, size: number): void {
  const fd = openFile(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    truncateFile(fd, size);
  } finally {
    closeFile(fd);
  }
}

/** Nanoseconds that an operation takes. */
export function timed(operation: () => void): number {
  const start = process.hrtime.bigint();
  operation();
  return Number(process.hrtime.bigint() - start);
}

/** {@link timed} for what ends later. */
export async function timedAsync(operation: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await operation();
  return Number(process.hrtime.bigint() - start);
}
