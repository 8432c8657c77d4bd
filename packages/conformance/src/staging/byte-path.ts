/** The path `inside` (one character per byte, no leading slash) under `root`, as system calls take it. */
export function bytePath(root: string, inside: string): Buffer {
  return inside === '' ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), Buffer.from(inside, 'latin1')]);
}
