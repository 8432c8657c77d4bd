import { createRequire } from 'node:module';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MS_SYNC = 4;
const PAGE = 4096;

// Only the host package makes system calls, and nobody but these tests maps files: so its koffi is borrowed.
const koffi = createRequire(import.meta.resolve('@graphdriver/host'))('koffi') as {
  load(path: null): { func(prototype: string): (...values: readonly (number | Buffer)[]) => number };
};
const libc = koffi.load(null);
const mmap = libc.func('intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)');
const munmap = libc.func('int munmap(intptr_t, size_t)');
const msync = libc.func('int msync(intptr_t, size_t, int)');
const load = libc.func('intptr_t memcpy(void *, intptr_t, size_t)');
const store = libc.func('void memcpy(intptr_t, const void *, size_t)');

/** Maps what holds the range, lets `use` have the range's address, and unmaps. The range must lie within the file: beyond it is SIGBUS. */
function withMapping(fd: number, offset: number, length: number, use: (address: number, start: number) => void): void {
  const start = offset - (offset % PAGE);
  const size = offset + length - start;
  const address = Number(mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, start));
  if (address < 0) throw new Error(`mmap of ${size} bytes at ${start} failed.`);
  try {
    use(address + offset - start, address);
  } finally {
    munmap(address, size);
  }
}

/** Reads a range of a file through a shared mapping. `fd` is open for reading and writing. */
export function readMapped(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  withMapping(fd, offset, length, (address) => load(bytes, address, length));
  return bytes;
}

/** Writes a range of a file through a shared mapping, and waits until it is in the file where `sync` says so. */
export function writeMapped(fd: number, offset: number, bytes: Buffer, sync: 'sync' | 'later'): void {
  withMapping(fd, offset, bytes.length, (address, start) => {
    store(address, bytes, bytes.length);
    if (sync === 'sync' && msync(start, address - start + bytes.length, MS_SYNC) !== 0)
      throw new Error('msync failed.');
  });
}
