import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { startProcess } from '@graphdriver/host';
import { scratchRoot } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { pauseProgram, pauseProgramReason } from '../../src/peers/pause-program.ts';

const reason = pauseProgramReason();

describe('pauseProgram', () => {
  test.skipIf(reason !== null)(`waits until it is killed${reason === null ? '' : ` (${reason})`}`, async () => {
    await using scratch = await scratchRoot('graphdriver-pause-test-');
    const path = `${scratch.path}/pause`;
    writeFileSync(path, pauseProgram());
    chmodSync(path, 0o755);
    const started = startProcess(path, [], { stdin: 'ignore' });
    // S for asleep: not ended, and not turning in a loop.
    await expect.poll(() => readFileSync(`/proc/${started.pid}/stat`, 'latin1').split(') ')[1]?.[0]).toBe('S');
    started.kill('SIGKILL');
    expect(await started.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  test('is refused on machines that it was not written for', () => {
    expect(pauseProgramReason('sparc')).not.toBeNull();
    expect(() => pauseProgram('sparc')).toThrow(TypeError);
  });
});
