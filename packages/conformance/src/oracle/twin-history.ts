import assert from 'node:assert/strict';
import { copyTree } from '@graphdriver/host';
import type { CheckContext } from '../check.ts';
import { assertView, changeLines, diffBytes, streamOf } from '../staging/layers.ts';
import { assertSameBytes } from '../staging/scenario.ts';
import { keepable, LATER } from '../staging/times.ts';
import { canonicalDiff } from './canonical-diff.ts';
import { expectedChanges } from './expected-changes.ts';
import type { Step } from './random-step.ts';
import { snapshotTree } from './tree-snapshot.ts';
import { TwinLayer } from './twin-layer.ts';

/** Which comparisons a history makes whenever a layer is committed. */
export type Compared = 'views' | 'diffs';

/** A writable layer, and what it stands on. */
interface Branch {
  readonly twin: TwinLayer;
  readonly parent: TwinLayer;
}

/**
 * Layers that go through a random history, each beside a plain directory in which the same is done.
 *
 * Starts with a writable layer on an empty committed one. There are at most two branches: `fork` adds or replaces the other one.
 */
export class TwinHistory {
  readonly #context: CheckContext;
  readonly #name: string;
  readonly #compared: Compared;
  #current: Branch;
  #other: Branch | undefined;
  #layers = 0;
  #ticks = 0;

  private constructor(context: CheckContext, name: string, compared: Compared, first: Branch) {
    this.#context = context;
    this.#name = name;
    this.#compared = compared;
    this.#current = first;
  }

  /** Begins with layers of which every id starts with `name`. */
  static async begin(context: CheckContext, name: string, compared: Compared): Promise<TwinHistory> {
    const { driver } = context;
    await driver.create(`${name}-root`);
    await driver.commit(`${name}-root`);
    const parent = new TwinLayer(driver, `${name}-root`, await context.scratch());
    await driver.create(`${name}-first`, { parent: parent.id });
    return new TwinHistory(context, name, compared, {
      twin: new TwinLayer(driver, `${name}-first`, await context.scratch()),
      parent,
    });
  }

  /** Goes through a whole history, commits what is left at its end, and compares. */
  async live(steps: readonly Step[]): Promise<void> {
    try {
      for (const step of steps) await this.#perform(step);
      await this.#commit();
    } finally {
      await this.#current.twin.rest();
    }
  }

  async #perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'commit':
        await this.#commit();
        this.#current = await this.#childOf(this.#current.twin);
        return;
      case 'fork':
        await this.#commit();
        this.#other = await this.#childOf(this.#current.twin);
        this.#current = await this.#childOf(this.#current.twin);
        return;
      case 'switch':
        await this.#current.twin.rest();
        if (this.#other !== undefined) [this.#current, this.#other] = [this.#other, this.#current];
        return;
      case 'remount':
        await this.#current.twin.rest();
        return;
      case 'transplant':
        await this.#transplant();
        return;
      default: {
        const time = LATER + BigInt(++this.#ticks) * 1_000_000_007n;
        await this.#current.twin.perform(
          step,
          this.#ticks,
          keepable(time, this.#context.capabilities.timestampGranularity),
        );
      }
    }
  }

  async #commit(): Promise<void> {
    const { twin } = this.#current;
    await twin.rest();
    if (this.#compared === 'diffs') await this.#compareDiff();
    await this.#context.driver.commit(twin.id);
    await assertView(this.#context, twin.id, await snapshotTree(twin.plain));
  }

  async #compareDiff(): Promise<void> {
    const { twin, parent } = this.#current;
    const { driver } = this.#context;
    const expected = expectedChanges(await snapshotTree(twin.plain), await snapshotTree(parent.plain));
    assert.deepEqual(await changeLines(driver, twin.id), expected, `the changes of ${twin.id}`);
    const archive = await diffBytes(driver, twin.id);
    assertSameBytes(archive, await canonicalDiff(twin.plain, parent.plain), `the archive of ${twin.id}`);
  }

  /** Only where diffs are compared: otherwise a fault in them would show as one of the views. */
  async #transplant(): Promise<void> {
    const { twin, parent } = this.#current;
    const { driver } = this.#context;
    await twin.rest();
    if (this.#compared !== 'diffs') return;
    const id = this.#nextId();
    await driver.create(id, { parent: parent.id });
    await driver.applyDiff(id, streamOf(await diffBytes(driver, twin.id)));
    await assertView(this.#context, id, await snapshotTree(twin.plain));
    this.#current = { twin: twin.replacedBy(id), parent };
  }

  async #childOf(parent: TwinLayer): Promise<Branch> {
    const { driver } = this.#context;
    const id = this.#nextId();
    await driver.create(id, { parent: parent.id });
    const plain = await this.#context.scratch();
    await copyTree(parent.plain, plain);
    return { twin: new TwinLayer(driver, id, plain), parent };
  }

  #nextId(): string {
    return `${this.#name}-${this.#layers++}`;
  }
}
