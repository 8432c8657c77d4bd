/** A path on the host: a string is UTF-8, a `Buffer` is the very bytes. Neither may hold a NUL. */
export type FilePath = string | Buffer;

/** The path as the bytes that the kernel gets, without the NUL at its end. */
export function pathBytes(path: FilePath): Buffer {
  return typeof path === 'string' ? Buffer.from(path) : path;
}

/** The path for a message: bytes that are no UTF-8 show as replacement characters. */
export function displayPath(path: FilePath): string {
  return typeof path === 'string' ? path : path.toString();
}

/** The path as a string that names the same file, or `undefined` where its bytes are not UTF-8. */
export function pathText(path: FilePath): string | undefined {
  if (typeof path === 'string') return path;
  const text = path.toString();
  return Buffer.from(text).equals(path) ? text : undefined;
}
