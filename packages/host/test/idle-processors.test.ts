import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { idleProcessors } from '../src/idle-processors.ts';
import { scratch } from './scratch.ts';

const DRIVER = 'devices/system/cpu/cpuidle/current_driver';
const HALT_POLL = 'module/haltpoll/parameters/guest_halt_poll_ns';

it.each([
  ['a guest that looks before it halts', { [DRIVER]: 'haltpoll', [HALT_POLL]: '200000' }, 'haltpoll', 200_000],
  ['a guest that halts at once', { [DRIVER]: 'haltpoll', [HALT_POLL]: '0' }, 'haltpoll', 0],
  ['another driver beside that governor', { [DRIVER]: 'intel_idle', [HALT_POLL]: '200000' }, 'intel_idle', null],
  ['no driver', { [DRIVER]: 'none' }, null, null],
  ['a kernel that tells nothing', {}, null, null],
])('%s', (_name, files, driver, haltPoll) => {
  using sys = scratch();
  for (const [name, value] of Object.entries(files)) {
    mkdirSync(dirname(`${sys.path}/${name}`), { recursive: true });
    writeFileSync(`${sys.path}/${name}`, `${value}\n`);
  }
  expect(idleProcessors(sys.path)).toEqual({ driver, haltPoll });
});

it('this machine is looked at without a failure', () => {
  expect(idleProcessors().haltPoll ?? 0).toBeGreaterThanOrEqual(0);
});
