import type { BenchResult, Environment } from '@graphdriver/bench';
import type { ConformanceReport } from '@graphdriver/conformance';
import type { ProbeReport, SelectRule } from '@graphdriver/core';
import { writeFileAtomic } from '@graphdriver/host';
import type { Place } from './place.ts';

/** A probe's report, and of which place. */
export interface PlacedProbe {
  readonly place: string;
  readonly report: ProbeReport;
}

/** How long one driver took to unpack the base layer. Times in milliseconds. */
export interface UnpackRecord {
  readonly driver: string;
  readonly place: string;
  readonly archiveBytes: number;
  readonly apply: number;
  readonly commit: number;
}

/** What the demonstration found out: its result file. */
export interface DemoRecord {
  readonly format: 'graphdriver-demo';
  readonly version: 1;
  /** RFC 3339. */
  readonly startedAt: string;
  endedAt: string;
  /** False where it was interrupted or failed before its end. */
  complete: boolean;
  environment: Environment | null;
  places: Place[];
  probes: PlacedProbe[];
  selection: { readonly driver: string; readonly rule: SelectRule; readonly reason: string } | null;
  /** Where the base layer comes from, in words. */
  baseLayer: string | null;
  unpacked: UnpackRecord[];
  conformance: { readonly place: string; readonly milliseconds: number; readonly report: ConformanceReport }[];
  /** As `readResult` of the bench package would read it from a file of its own. */
  benchmark: BenchResult | null;
}

/** A record of a demonstration that has just begun. */
export function beginRecord(): DemoRecord {
  const now = new Date().toISOString();
  return {
    format: 'graphdriver-demo',
    version: 1,
    startedAt: now,
    endedAt: now,
    complete: false,
    environment: null,
    places: [],
    probes: [],
    selection: null,
    baseLayer: null,
    unpacked: [],
    conformance: [],
    benchmark: null,
  };
}

/** Writes the record as JSON, all of it or nothing. */
export async function writeRecord(path: string, record: DemoRecord): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(record, undefined, 2)}\n`, { durable: true });
}
