import { tmpdir } from 'node:os';
import type { CheckResult, ConformanceReport, Subject } from '../check.ts';
import { CheckRoom } from '../check-room.ts';
import { Examination } from '../examination.ts';
import { layerStage } from './posix-stage.ts';
import { runPosixCases } from './run-posix-cases.ts';

/** Options of {@link examinePosix}. */
export interface PosixExaminationOptions {
  /** A directory on the file system on which the driver's root is made. The system's temporary one unless given. */
  readonly root?: string;
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (result: CheckResult) => void;
}

/**
 * Runs the cases from the manual pages in the view of a driver's layer, over the layer in which their files were made.
 * Cases among the subject's deviations must fail.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where the driver's own probe says that it does not work at `root`; as `runPosixCases`
 */
export async function examinePosix(
  subject: Subject,
  { root = tmpdir(), ...options }: PosixExaminationOptions = {},
): Promise<ConformanceReport> {
  const startedAt = new Date().toISOString();
  const request = { scratch: root, seed: 0, thorough: false, patience: 1 };
  const { capabilities, filesystem, deviations } = await Examination.begin(subject, request);
  const room = await CheckRoom.enter({ subject, capabilities, ...request });
  try {
    const results = await runPosixCases(root, { ...options, deviations, stage: layerStage(room.context.driver) });
    const { mountWith = 'auto', settings } = subject.options ?? {};
    const known = settings === undefined ? {} : { settings };
    return { driver: subject.module.name, filesystem, mountWith, ...known, capabilities, startedAt, seed: 0, results };
  } finally {
    await room.leave();
  }
}
