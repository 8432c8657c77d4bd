import assert from 'node:assert/strict';
import type { CheckContext } from '../check.ts';
import { canonicalDiff } from '../oracle/canonical-diff.ts';
import { expectedChanges, expectedSize } from '../oracle/expected-changes.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { assertView, changeLines, diffBytes, type Edit, makeLayer, makeWritable, streamOf } from './layers.ts';
import { keepable, LATER, LONG_AGO, settleTimes } from './times.ts';

/** A lower layer and what the layer on top of it changes. Both are done to layers and to plain directories alike. */
export interface Scenario {
  readonly stage: Edit;
  readonly edit: Edit;
}

/** Makes the committed layer `base` and the writable layer `layer` on top of it, with settled times. */
export async function makeScenario(context: CheckContext, { stage, edit }: Scenario): Promise<void> {
  await makeLayer(context.driver, 'base', settled(context, stage, LONG_AGO));
  await makeWritable(context.driver, 'layer', settled(context, edit, LATER), 'base');
}

/** Makes the same two trees as plain directories, and returns their paths. */
export async function makePlain(
  context: CheckContext,
  { stage, edit }: Scenario,
): Promise<{ lower: string; upper: string }> {
  const [lower, upper] = [await context.scratch(), await context.scratch()];
  await settled(context, stage, LONG_AGO)(lower);
  await settled(context, stage, LONG_AGO)(upper);
  await settled(context, edit, LATER)(upper);
  return { lower, upper };
}

/**
 * Holds everything that a driver says about a change to what plain directories say:
 * the view, the list of changes, the archive byte for byte, its size, and what comes out of it in another layer.
 */
export async function assertScenario(context: CheckContext, scenario: Scenario): Promise<void> {
  const { driver } = context;
  await makeScenario(context, scenario);
  const plain = await makePlain(context, scenario);
  const [upper, lower] = [await snapshotTree(plain.upper), await snapshotTree(plain.lower)];
  await assertView(context, 'layer', upper);
  const changes = expectedChanges(upper, lower);
  assert.deepEqual(await changeLines(driver, 'layer'), changes.map(printable), 'the list of changes');
  const archive = await diffBytes(driver, 'layer');
  assertSameBytes(archive, await canonicalDiff(plain.upper, plain.lower), 'the archive');
  assert.equal(await driver.diffSize('layer'), expectedSize(upper, changes), 'diffSize');
  await driver.create('copy', { parent: 'base' });
  const applied = await driver.applyDiff('copy', streamOf(archive));
  assert.equal(applied.size, expectedSize(upper, changes), 'the size that applyDiff tells');
  await assertView(context, 'copy', upper);
}

/** Fails, naming the first place, where two archives are not the same. */
export function assertSameBytes(actual: Buffer, expected: Buffer, what: string): void {
  if (actual.equals(expected)) return;
  const offset = [...actual.subarray(0, expected.length)].findIndex((byte, index) => byte !== expected[index]);
  const place = offset < 0 ? Math.min(actual.length, expected.length) : offset;
  const start = place - (place % 512);
  const around = (bytes: Buffer) =>
    bytes
      .subarray(start, start + 512)
      .toString('latin1')
      .replaceAll('\0', '');
  assert.equal(around(actual), around(expected), `${what} differs at byte ${place}`);
  assert.equal(actual.length, expected.length, `the length of ${what}`);
}

/** `edit`, after which everything new has the time `time`, as far as the driver can keep it. */
export function settled({ capabilities }: CheckContext, edit: Edit, time: bigint): Edit {
  return async (root) => {
    await edit(root);
    settleTimes(root, keepable(time, capabilities.timestampGranularity));
  };
}

/** As `Change.path` has it: bytes that are not UTF-8 show as U+FFFD. */
function printable(line: string): string {
  return Buffer.from(line, 'latin1').toString();
}
