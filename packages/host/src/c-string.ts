import type { FilePath } from './file-path.ts';

// Most calls take one or two short paths: four buffers in turn spare an allocation per call.
const SCRATCH_SIZE = 4160;
const scratch = [0, 1, 2, 3].map(() => Buffer.allocUnsafe(SCRATCH_SIZE));
let turn = 0;

/**
 * The path as a C string for one synchronous call: the memory is used again four calls later.
 *
 * @throws {TypeError} where it holds a NUL, which would silently name another file
 */
export function cString(path: FilePath): Buffer {
  if (path.length * 3 >= SCRATCH_SIZE) return ownedCString(path);
  turn = (turn + 1) & 3;
  const buffer = scratch[turn];
  if (buffer === undefined) return ownedCString(path);
  const length = typeof path === 'string' ? buffer.write(path) : path.copy(buffer, 0);
  if (path.includes('\0')) refuseNul();
  buffer[length] = 0;
  return buffer;
}

/** The same in memory of its own, for calls that run in another thread. @throws {TypeError} */
export function ownedCString(path: FilePath): Buffer {
  if (path.includes('\0')) refuseNul();
  const bytes = typeof path === 'string' ? Buffer.from(path) : path;
  return Buffer.concat([bytes, Buffer.alloc(1)]);
}

function refuseNul(): never {
  throw new TypeError('A path or name must not hold a NUL byte.');
}
