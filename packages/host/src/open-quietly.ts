import { constants } from 'node:fs';
import { isErrno } from './errno.ts';

/** Opens for reading without leaving a trace in the access time, which only the owner and root may ask for: for all others as usual. */
export function openQuietly(open: (flags: number) => number, flags: number): number {
  try {
    return open(flags | constants.O_NOATIME);
  } catch (error) {
    if (!isErrno(error, 'EPERM')) throw error;
    return open(flags);
  }
}
