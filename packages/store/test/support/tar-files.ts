import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { run } from '@graphdriver/host';
import type { LayerArchive } from '../../src/layers/register-layer.ts';

/** The file at `path`, to be read from its start any number of times. */
export function archiveAt(path: string): LayerArchive {
  return () => createReadStream(path);
}

/** Bytes as an archive, in pieces of an odd size. */
export function archiveOf(bytes: Uint8Array, piece = 1000): LayerArchive {
  return async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  };
}

export function digestOfFile(path: string): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Has Python write an archive: the program gets the path as `path`, and has `tarfile`, `io` and `os`. */
export async function pythonTar(path: string, program: string): Promise<void> {
  const head =
    'import tarfile, io, os, sys\npath = sys.argv[1]\ndef member(name, data=b"", **kw):\n    i = tarfile.TarInfo(name)\n    i.size = len(data)\n    for k, v in kw.items(): setattr(i, k, v)\n    return i, io.BytesIO(data)\n';
  await run('python3', ['-c', head + program, path]);
}
