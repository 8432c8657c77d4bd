import type { CopyUpRecord, TraceCounters } from '@graphdriver/core';

const KEPT = 1000;

/** Counts what a mount does, and keeps the last thousand of its copy_ups. */
export class MountTrace {
  readonly #lookups: number[];
  readonly #records: CopyUpRecord[] = [];
  absent = 0;
  known = 0;
  directoriesRead = 0;
  branchesRead = 0;
  copyUps = 0;
  copiedBytes = 0;
  whiteouts = 0;
  /** Called with each copy_up as it is done. */
  onCopyUp: ((record: CopyUpRecord) => void) | undefined;

  constructor(layers: number) {
    this.#lookups = new Array<number>(layers).fill(0);
  }

  /** A name was found in `layer`, counted from the bottom as 1. */
  found(layer: number): void {
    this.#lookups[layer - 1] = (this.#lookups[layer - 1] ?? 0) + 1;
  }

  copied(record: CopyUpRecord): void {
    this.copyUps += 1;
    if (record.manner !== 'no-content') this.copiedBytes += record.size;
    if (this.#records.length === KEPT) this.#records.shift();
    this.#records.push(record);
    this.onCopyUp?.(record);
  }

  /** The copy_ups that are remembered, the oldest first. */
  get records(): readonly CopyUpRecord[] {
    return this.#records;
  }

  counters(nodes: number): TraceCounters {
    const { absent, known, directoriesRead, branchesRead, copyUps, copiedBytes, whiteouts } = this;
    const lookupsByLayer = [...this.#lookups];
    return { lookupsByLayer, absent, known, directoriesRead, branchesRead, copyUps, copiedBytes, whiteouts, nodes };
  }
}
