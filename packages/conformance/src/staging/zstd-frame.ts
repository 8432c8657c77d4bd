const MAGIC = 0xfd2fb528;
/** No checksum, no content size, and a window of 1 MiB. */
const DESCRIPTOR = [0x00, 0x50];
const LARGEST_BLOCK = 128 * 1024;

/**
 * Wraps `bytes` in a Zstandard frame of stored blocks (RFC 8878).
 *
 * Nothing gets smaller, but every decoder takes it, and no encoder need be installed.
 */
export function zstdFrame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32LE(MAGIC);
  head.set(DESCRIPTOR, 4);
  const parts = [head];
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += LARGEST_BLOCK) {
    const content = bytes.subarray(offset, offset + LARGEST_BLOCK);
    const isLast = offset + LARGEST_BLOCK >= bytes.length;
    const block = Buffer.alloc(3);
    block.writeUIntLE((content.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(block, Buffer.from(content));
  }
  return Buffer.concat(parts);
}
