import { createHash, type Hash } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import type { BytePath } from '@graphdriver/archive';
import { TimeSlice } from '@graphdriver/host';
import type { Digest } from '../../identity/digest.ts';
import { refuseAborted } from '../../store-error.ts';
import { childPath } from './clean-path.ts';
import { changedMeanwhile, nodeKind, type Stamps, stampOf } from './source-node.ts';
import type { SourceTree } from './source-tree.ts';

/** What decides whether a copied file would be the same. */
export interface DigestOptions {
  /** Whether owners count: they do where the copy keeps them. */
  readonly owners: boolean;
  readonly stamps: Stamps;
  readonly signal?: AbortSignal;
}

const CHUNK = 1 << 20;
const readAsync = promisify(read);

/**
 * Sums up everything a copy of `path` would bring: names, types, modes, contents, targets of links, attributes, which names are one file,
 * and the owners where they are kept. Times do not count, nor does the name of `path` itself, nor names of its files elsewhere.
 *
 * Notes the state of every file in `stamps`, by which the copy knows whether it has changed since.
 */
export async function digestSource(tree: SourceTree, path: BytePath, options: DigestOptions): Promise<Digest> {
  const hash = createHash('sha256');
  const slice = new TimeSlice();
  const links = new Map<string, BytePath>();
  const pending: BytePath[] = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    refuseAborted(options.signal, 'Reading the build context');
    if (slice.over) await slice.pause();
    const stat = tree.stat(next);
    if (stat === undefined) throw changedMeanwhile(next);
    options.stamps.set(next, stampOf(stat));
    const relative = next.slice(path.length);
    await addNode(hash, tree, next, stat, [relative, ...firstName(stat, relative, links)], options);
    // Backwards, for the last one is taken first.
    if (stat.isDirectory()) for (const name of tree.list(next).toReversed()) pending.push(childPath(next, name));
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Under what name the file has come up before, if it has. */
function firstName(stat: BigIntStats, path: BytePath, links: Map<string, BytePath>): readonly BytePath[] {
  if (stat.isDirectory() || stat.nlink < 2n) return [];
  const identity = `${stat.dev}:${stat.ino}`;
  const first = links.get(identity);
  if (first === undefined) links.set(identity, path);
  return first === undefined ? [] : [first];
}

async function addNode(
  hash: Hash,
  tree: SourceTree,
  path: BytePath,
  stat: BigIntStats,
  place: readonly BytePath[],
  options: DigestOptions,
): Promise<void> {
  const kind = nodeKind(stat);
  const facts = [
    place,
    kind,
    kind === 'symlink' ? null : Number(stat.mode & 0o7777n),
    options.owners ? [Number(stat.uid), Number(stat.gid)] : null,
    kind === 'file' ? Number(stat.size) : null,
    kind === 'character' || kind === 'block' ? Number(stat.rdev) : null,
    kind === 'symlink' ? tree.readLink(path) : null,
    tree.xattrs(path).map(([name, value]) => [name, value.toString('base64')]),
  ];
  // JSON sets apart what stands side by side; a zero byte, which it never has, ends it before the content.
  hash.update(`${JSON.stringify(facts)}\0`);
  if (kind === 'file') await addContent(hash, tree, path, stat, options);
}

async function addContent(
  hash: Hash,
  tree: SourceTree,
  path: BytePath,
  stat: BigIntStats,
  { signal }: DigestOptions,
): Promise<void> {
  const fd = tree.open(path);
  try {
    if (stampOf(fstatSync(fd, { bigint: true })) !== stampOf(stat)) throw changedMeanwhile(path);
    const size = Number(stat.size);
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(size, 1)));
    let done = 0;
    while (done < size) {
      refuseAborted(signal, 'Reading the build context');
      const { bytesRead } = await readAsync(fd, buffer, 0, Math.min(buffer.length, size - done), done);
      if (bytesRead === 0) throw changedMeanwhile(path);
      hash.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
  } finally {
    closeSync(fd);
  }
}
