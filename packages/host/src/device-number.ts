/** The device number of `major` and `minor` as stat(2) has it in `st_rdev`. Exact up to minor 2^20 - 1, which is all that Linux uses. */
export function makedev(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + Math.floor(minor / 0x100) * 0x100000;
}

/** The major number of a device. */
export function major(rdev: number): number {
  return Math.floor(rdev / 0x100) & 0xfff;
}

/** The minor number of a device. */
export function minor(rdev: number): number {
  return (rdev % 0x100) + Math.floor(rdev / 0x100000) * 0x100;
}
