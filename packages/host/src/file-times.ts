/** Times to be set, in nanoseconds since 1970. A time that is left out stays. */
export interface FileTimes {
  readonly atime?: bigint;
  readonly mtime: bigint;
}

const NANOSECONDS = 1_000_000_000n;
const UTIME_OMIT = 0x3ffffffen;

const buffer = Buffer.alloc(32);
const fields = new BigInt64Array(buffer.buffer, buffer.byteOffset, 4);

/** The times as two `struct timespec`, in memory that the next call uses again. */
export function timespecs(times: FileTimes): Buffer {
  writeTime(0, times.atime);
  writeTime(2, times.mtime);
  return buffer;
}

function writeTime(index: number, time: bigint | undefined): void {
  if (time === undefined) {
    fields[index] = 0n;
    fields[index + 1] = UTIME_OMIT;
    return;
  }
  const rest = time % NANOSECONDS;
  // Before 1970 the nanoseconds still count forward from a whole second.
  const nanoseconds = rest < 0n ? rest + NANOSECONDS : rest;
  fields[index] = (time - nanoseconds) / NANOSECONDS;
  fields[index + 1] = nanoseconds;
}
