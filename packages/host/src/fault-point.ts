import { writeFileSync } from 'node:fs';
import { errnoError, errnoNumber } from './errno.ts';
import type { FilePath } from './file-path.ts';

/** What runs before a state-changing call. It may throw, which stands for the call's failure, or end the process. */
export type FaultHandler = (call: string, path?: FilePath) => void;

let armed: FaultHandler | undefined;

/**
 * The one gate that every state-changing system call and command of this project passes, just before it is made.
 *
 * Costs a comparison unless a handler is set. `call` is the name in section 2 of the manual, or the command's name.
 */
export function faultPoint(call: string, path?: FilePath): void {
  if (armed !== undefined) armed(call, path);
}

/** The same for a name with one character per byte, of which bytes are only made where somebody wants them. */
export function faultPointAt(call: string, name: string): void {
  if (armed !== undefined) armed(call, Buffer.from(name, 'latin1'));
}

/** Sets what every {@link faultPoint} runs, for tests of what a failure or crash at that point leaves behind. `undefined` disarms. */
export function setFaultHandler(handler: FaultHandler | undefined): void {
  armed = handler;
}

/** A failure planned from outside: at the `count`th passing of `call` (`*`: any) the process kills itself, or the call fails. */
export interface PlannedFault {
  readonly call: string;
  readonly count: number;
  /** `kill`, or a name as `ENOSPC`. */
  readonly effect: string;
}

/**
 * Reads `CALL:N:EFFECT`, the form of the environment variable `GRAPHDRIVER_FAULT`: `*:17:kill`, `rename:1:ENOSPC`.
 *
 * @throws {TypeError}
 */
export function parseFault(text: string): PlannedFault {
  const [call = '', number = '', effect = '', ...rest] = text.split(':');
  const count = Number(number);
  const known = effect === 'kill' || errnoNumber(effect) !== undefined;
  if (call === '' || !Number.isSafeInteger(count) || count < 1 || !known || rest.length > 0) {
    throw new TypeError(`A fault is CALL:N:kill or CALL:N:ERRNO; got ${JSON.stringify(text)}.`);
  }
  return { call, count, effect };
}

/** A handler that carries out `fault` once and counts all passings. */
export function faultHandler(fault: PlannedFault | undefined): FaultHandler & { passed(): number } {
  let all = 0;
  let matching = 0;
  const handler: FaultHandler = (call, path) => {
    all += 1;
    if (fault === undefined || (fault.call !== '*' && fault.call !== call)) return;
    matching += 1;
    if (matching !== fault.count) return;
    if (fault.effect === 'kill') process.kill(process.pid, 'SIGKILL');
    throw errnoError(call, errnoNumber(fault.effect) ?? 5, path);
  };
  return Object.assign(handler, { passed: () => all });
}

function armFromEnvironment(): void {
  const fault = process.env['GRAPHDRIVER_FAULT'];
  const countFile = process.env['GRAPHDRIVER_FAULT_COUNT'];
  if (fault === undefined && countFile === undefined) return;
  const handler = faultHandler(fault === undefined ? undefined : parseFault(fault));
  setFaultHandler(handler);
  if (countFile !== undefined) process.on('exit', () => writeFileSync(countFile, `${handler.passed()}\n`));
}

armFromEnvironment();
