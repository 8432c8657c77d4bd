import { type TarEntry, writeTar } from '@graphdriver/archive';
import type { ApplyCase } from '../bench-case.ts';
import { seededBytes } from '../seeded-bytes.ts';

const FILES_PER_DIRECTORY = 32;
const MADE_AT = 1_600_000_000_000_000_000n;

/**
 * The archive that an `apply` case unpacks, in memory: files of seeded content, 32 in each directory, two directories down, with the
 * owners and modes that system directories have. The same case and seed give the same bytes.
 */
export async function generateArchive(of: ApplyCase, seed: number): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries(of, seed))) chunks.push(chunk);
  return chunks;
}

function* entries({ files, fileSize }: ApplyCase, seed: number): Generator<TarEntry> {
  const above = new Set<string>();
  for (let number = 0; number < files; number += 1) {
    const directory = Math.floor(number / FILES_PER_DIRECTORY);
    for (const path of [`tree-${directory % 8}`, `tree-${directory % 8}/directory-${directory}`]) {
      if (above.has(path)) continue;
      above.add(path);
      yield entry('directory', path, 0o755, []);
    }
    const path = `tree-${directory % 8}/directory-${directory}/file-${number}`;
    yield entry('file', path, number % 4 === 0 ? 0o755 : 0o644, [...seededBytes(`${seed}:${path}`, fileSize)]);
  }
}

function entry(type: 'directory' | 'file', path: string, mode: number, content: readonly Buffer[]): TarEntry {
  return {
    path,
    type,
    mode,
    uid: 0,
    gid: 0,
    size: content.reduce((sum, { length }) => sum + length, 0),
    mtime: MADE_AT,
    linkTarget: '',
    rdev: 0,
    xattrs: new Map(),
    segments: null,
    content,
  };
}
