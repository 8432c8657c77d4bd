import { throwIfAborted } from '@graphdriver/core';
import { closeFile, type DataRun, dataSegments, sharesAllBlocks } from '@graphdriver/host';
import { openFileAt, readPiece, readPieceAsync, SMALL_FILE } from './read-file.ts';
import type { TreeNode } from './tree.ts';

const CHUNK = 512 * 1024;
/** From here on it pays to ask first whether one is a clone of the other. */
const LARGE = 4 * CHUNK;

/**
 * Tells whether two regular files hold the same bytes. A file that is no longer there is not the same as another.
 *
 * Reads both up to the first difference; what is a hole in both is not read, nor what is a clone of the other.
 */
export async function hasSameContent(a: TreeNode, b: TreeNode, signal: AbortSignal | undefined): Promise<boolean> {
  const left = openFileAt(a.location);
  if (left === undefined) return false;
  try {
    const right = openFileAt(b.location);
    if (right === undefined) return false;
    try {
      if (left.node.size !== right.node.size) return false;
      if (left.node.size >= LARGE && sharesAllBlocks(bytes(a), bytes(b))) return true;
      return await isEqual(left.fd, right.fd, left.node.size, signal);
    } finally {
      closeFile(right.fd);
    }
  } finally {
    closeFile(left.fd);
  }
}

function bytes({ location }: TreeNode): Buffer {
  return Buffer.from(location, 'latin1');
}

async function isEqual(left: number, right: number, size: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (size <= SMALL_FILE) return readPiece(left, 0, size).equals(readPiece(right, 0, size));
  for (const { offset, length } of eitherOf(dataSegments(left, size), dataSegments(right, size))) {
    for (let done = 0; done < length; done += CHUNK) {
      throwIfAborted(signal, 'Comparing two files');
      const wanted = Math.min(CHUNK, length - done);
      const [one, other] = await Promise.all([
        readPieceAsync(left, offset + done, wanted),
        readPieceAsync(right, offset + done, wanted),
      ]);
      if (!one.equals(other)) return false;
    }
  }
  return true;
}

/** The runs that are data in one file or the other, ascending and apart. */
function* eitherOf(left: Iterator<DataRun>, right: Iterator<DataRun>): Generator<DataRun> {
  let a = next(left);
  let b = next(right);
  let current: DataRun | undefined;
  for (;;) {
    const run = a !== undefined && (b === undefined || a.offset <= b.offset) ? a : b;
    if (run === undefined) break;
    if (run === a) a = next(left);
    else b = next(right);
    const end = run.offset + run.length;
    if (current === undefined) {
      current = run;
    } else if (run.offset <= current.offset + current.length) {
      current = { offset: current.offset, length: Math.max(end - current.offset, current.length) };
    } else {
      yield current;
      current = run;
    }
  }
  if (current !== undefined) yield current;
}

function next(runs: Iterator<DataRun>): DataRun | undefined {
  const { done, value } = runs.next();
  return done === true ? undefined : value;
}
