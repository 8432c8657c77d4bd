export { allPosixCases } from './posix/all-posix-cases.ts';
export { examinePosix, type PosixExaminationOptions } from './posix/examine-posix.ts';
export type { PosixCase } from './posix/posix-case.ts';
export { directoryStage, layerStage, type PosixGround, type PosixStage } from './posix/posix-stage.ts';
export { type PosixOptions, runPosixCases } from './posix/run-posix-cases.ts';
