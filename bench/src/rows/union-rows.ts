import { besideCopyUpRow } from './beside-copy-up-row.ts';
import type { RowSizes } from './row-sizes.ts';
import type { RowProgram } from './row-stage.ts';
import { copyUpWork, createWork, unlinkWork } from './union-change-works.ts';
import { firstAccessWork, lookupWork } from './union-depth-works.ts';
import { readRandomWork, readWork, writeRandomWork, writeWork } from './union-file-works.ts';
import { fuseOverlayfs, kernelOverlay, type UnionPeer } from './union-peers.ts';
import { unionRow } from './union-row.ts';
import { copyWork, findWork, tarWork } from './union-tree-works.ts';

/** The driver aufs against every other union file system, and what its users see of one another. */
export function unionRows(sizes: RowSizes): readonly RowProgram[] {
  return [...[kernelOverlay, fuseOverlayfs].flatMap((peer) => rowsAgainst(peer, sizes)), besideCopyUpRow];
}

function rowsAgainst(peer: UnionPeer, { unionDepths, unionDepth, copyUps }: RowSizes): readonly RowProgram[] {
  return [
    ...[createWork, unlinkWork].map((work) => unionRow(work, peer)),
    ...copyUps.map((size) => unionRow(copyUpWork(size), peer)),
    ...unionDepths.map((layers) => unionRow(lookupWork(layers), peer)),
    unionRow(firstAccessWork(unionDepth), peer),
    ...[findWork, tarWork, readWork, readRandomWork].map((work) => unionRow(work, peer)),
    ...[writeWork, writeRandomWork].map((work) => unionRow(work, peer)),
    unionRow(copyWork, peer),
  ];
}
