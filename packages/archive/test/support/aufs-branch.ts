import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { copyTree, readXattr, removeXattr, setTimes, unlinkFile } from '@graphdriver/host';

const OPAQUE = 'trusted.overlay.opaque';

/** Copies an overlay layer, writing its deletions the way that aufs does. */
export async function aufsBranch(overlayBranch: string, to: string): Promise<string> {
  mkdirSync(to);
  await copyTree(overlayBranch, to);
  translate(Buffer.from(to));
  writeFileSync(`${to}/.wh..wh.plnk`, 'what the union keeps for itself');
  return to;
}

function translate(directory: Buffer): void {
  const { mtimeNs } = lstatSync(directory, { bigint: true });
  if (readXattr(directory, OPAQUE)?.toString() === 'y') {
    removeXattr(directory, OPAQUE);
    writeFileSync(inside(directory, '.wh..wh..opq'), '');
  }
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const path = inside(directory, entry.name);
    if (entry.isDirectory()) translate(path);
    if (!entry.isCharacterDevice() || lstatSync(path).rdev !== 0) continue;
    unlinkFile(path);
    // A whiteout of the longest name there is cannot be written like this.
    if (entry.name.length < 252) writeFileSync(inside(directory, Buffer.concat([Buffer.from('.wh.'), entry.name])), '');
  }
  setTimes(directory, { mtime: mtimeNs });
}

function inside(directory: Buffer, name: string | Buffer): Buffer {
  return Buffer.concat([directory, Buffer.from('/'), Buffer.from(name)]);
}
