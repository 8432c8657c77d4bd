import { StorageError } from '@graphdriver/core';
import { startProcess } from '@graphdriver/host';
import type { OnceOperation } from '../sampler.ts';
import type { Row } from './row.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const WHY =
  'Both are whole processes, from the start of the one to the end of its last pipe, with no output read. `node -e 0` is the least ' +
  'that any program on Node takes.';

/** The command line's start. */
export const versionRow: RowProgram = commandLineRow(
  { id: 'cli/version', title: 'start of the command line', target: 1.3, ours: 'graphdriver --version' },
  () => ['--version'],
);

/** The command that looks at every driver. */
export const driversRow: RowProgram = commandLineRow(
  {
    id: 'cli/drivers',
    title: 'what works here, from remembered probes',
    target: 2,
    ours: 'graphdriver drivers, not for the first time',
  },
  ({ directory }) => ['--root', `${directory}/drivers`, 'drivers'],
);

function commandLineRow(
  about: Pick<Row, 'id' | 'title' | 'target' | 'ours'>,
  args: (stage: RowStage) => readonly string[],
): RowProgram {
  return {
    row: { ...about, unit: 'times', theirs: 'node -e 0', why: WHY },
    refusal: async ({ program }) => (program === null ? 'No program was named to be measured.' : null),
    measure: (stage) => {
      const [command = '', ...first] = stage.program ?? [];
      const ours = processLife(command, [...first, ...args(stage)]);
      return samplePairs(
        ours,
        processLife(process.execPath, ['-e', '0']),
        sampling(stage, stage.sizes.processPairs, 2),
      );
    },
  };
}

function processLife(command: string, args: readonly string[]): OnceOperation<null> {
  return {
    prepare: async () => null,
    async measure() {
      const { ended } = startProcess(command, args, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
      const { exitCode, signal } = await ended;
      if (exitCode !== 0) {
        throw new StorageError('COMMAND_FAILED', `${command} ended with ${signal ?? `exit code ${exitCode}`}.`, {
          details: { command, args },
        });
      }
    },
    release: async () => undefined,
  };
}
