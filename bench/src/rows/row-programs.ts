import { applyRow } from './apply-row.ts';
import { changesRow } from './changes-row.ts';
import { driversRow, versionRow } from './command-line-rows.ts';
import { createFlatRow } from './create-flat-row.ts';
import { createsAtOnceRow } from './creates-at-once-row.ts';
import { depthRow } from './depth-rows.ts';
import { diskCreatedRow, diskUsedRow } from './disk-rows.ts';
import { firstWriteRow } from './first-write-rows.ts';
import { lifeByBytesRow, lifeByDepthRow, lifeByFilesRow, snapshotByFilesRow } from './growth-rows.ts';
import { lifeByCommandsRow, lifeRow } from './life-rows.ts';
import { loadPeers } from './load-peers.ts';
import { loadMemoryRow, loadRow } from './load-rows.ts';
import type { Row } from './row.ts';
import { onBtrfs, onZfs } from './row-driver.ts';
import { FULL_SIZES, type RowSizes } from './row-sizes.ts';
import type { RowProgram } from './row-stage.ts';
import { btrfsLifeRow, zfsLifeRow } from './snapshot-life-rows.ts';
import { storeForkRow } from './store-fork-row.ts';
import { storeSizesRow, storeStepRow } from './store-rows.ts';
import { unionRows } from './union-rows.ts';
import { vfsCreateRow } from './vfs-create-row.ts';
import { layerWritesRow, volumeWritesRow } from './volume-rows.ts';

/** All rows, in the order in which they are measured: those that a busy disk upsets come first. */
export function rowPrograms(sizes: RowSizes): readonly RowProgram[] {
  return [
    lifeRow,
    lifeByCommandsRow,
    createsAtOnceRow,
    createFlatRow,
    ...sizes.depths.map(depthRow),
    btrfsLifeRow,
    lifeByDepthRow(onBtrfs, sizes.chain),
    lifeByBytesRow(onBtrfs),
    lifeByFilesRow(onBtrfs),
    snapshotByFilesRow,
    firstWriteRow(onBtrfs),
    changesRow,
    zfsLifeRow,
    lifeByDepthRow(onZfs, sizes.chain),
    lifeByBytesRow(onZfs),
    lifeByFilesRow(onZfs),
    firstWriteRow(onZfs),
    versionRow,
    driversRow,
    applyRow,
    vfsCreateRow,
    diskCreatedRow,
    diskUsedRow,
    storeStepRow('create-mount', 'few'),
    storeStepRow('unmount-remove', 'few'),
    storeStepRow('create-mount', 'many'),
    storeStepRow('unmount-remove', 'many'),
    storeSizesRow,
    storeForkRow,
    volumeWritesRow,
    layerWritesRow,
    ...unionRows(sizes),
    ...loadPeers.map(loadRow),
    loadMemoryRow,
  ];
}

/** All rows that {@link runRows} measures. */
export function allRows(): readonly Row[] {
  return rowPrograms(FULL_SIZES).map(({ row }) => row);
}
