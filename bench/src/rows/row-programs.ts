import { applyRow } from './apply-row.ts';
import { driversRow, versionRow } from './command-line-rows.ts';
import { createFlatRow } from './create-flat-row.ts';
import { createsAtOnceRow } from './creates-at-once-row.ts';
import { depthRow } from './depth-rows.ts';
import { diskCreatedRow, diskUsedRow } from './disk-rows.ts';
import { lifeByCommandsRow, lifeRow } from './life-rows.ts';
import type { Row } from './row.ts';
import { FULL_SIZES, type RowSizes } from './row-sizes.ts';
import type { RowProgram } from './row-stage.ts';
import { vfsCreateRow } from './vfs-create-row.ts';

/** All rows, in the order in which they are measured: those that a busy disk upsets come first. */
export function rowPrograms(sizes: RowSizes): readonly RowProgram[] {
  return [
    lifeRow,
    lifeByCommandsRow,
    createsAtOnceRow,
    createFlatRow,
    ...sizes.depths.map(depthRow),
    versionRow,
    driversRow,
    applyRow,
    vfsCreateRow,
    diskCreatedRow,
    diskUsedRow,
  ];
}

/** All rows that {@link runRows} measures. */
export function allRows(): readonly Row[] {
  return rowPrograms(FULL_SIZES).map(({ row }) => row);
}
