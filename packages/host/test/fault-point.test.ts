import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { faultHandler, faultPoint, parseFault, setFaultHandler } from '../src/fault-point.ts';
import { ending, program, scratch } from './scratch.ts';

afterEach(() => setFaultHandler(undefined));

test('a fault is read from its text, and nonsense is refused', () => {
  expect(parseFault('*:17:kill')).toEqual({ call: '*', count: 17, effect: 'kill' });
  expect(parseFault('rename:1:ENOSPC')).toEqual({ call: 'rename', count: 1, effect: 'ENOSPC' });
  for (const text of [
    '',
    'rename',
    'rename:0:kill',
    'rename:x:kill',
    'rename:1:ENOTHING',
    ':1:kill',
    'a:1:kill:b',
    'a:1.5:kill',
  ]) {
    expect(() => parseFault(text), text).toThrow(TypeError);
  }
});

test('a planned error strikes at its count of its call and never again', () => {
  const handler = faultHandler({ call: 'rename', count: 2, effect: 'ENOSPC' });
  setFaultHandler(handler);
  faultPoint('rename');
  faultPoint('mkdir');
  expect(() => faultPoint('rename', '/x')).toThrow(
    expect.objectContaining({ code: 'ENOSPC', errno: -28, syscall: 'rename', path: '/x' }),
  );
  faultPoint('rename');
  expect(handler.passed()).toBe(4);
});

test('a star counts the passings of every call', () => {
  setFaultHandler(faultHandler({ call: '*', count: 2, effect: 'EIO' }));
  faultPoint('mkdir');
  expect(() => faultPoint('unlink')).toThrow(expect.objectContaining({ code: 'EIO', syscall: 'unlink' }));
});

const WORK = 'for (const name of ["a", "b", "c"]) host.makeDirectory(process.env.PLACE + "/" + name);';

test('GRAPHDRIVER_FAULT kills another process just before the call', async () => {
  using dir = scratch();
  const end = await ending(program(WORK, { PLACE: dir.path, GRAPHDRIVER_FAULT: 'mkdir:2:kill' }));
  expect(end.signal).toBe('SIGKILL');
  expect(readdirSync(dir.path)).toEqual(['a']);
});

test('GRAPHDRIVER_FAULT fails a call of another process with an errno', async () => {
  using dir = scratch();
  const work = `try { ${WORK} } catch (error) { process.exitCode = error.code === 'ENOSPC' ? 28 : 1; }`;
  const end = await ending(program(work, { PLACE: dir.path, GRAPHDRIVER_FAULT: 'mkdir:3:ENOSPC' }));
  expect(end.code).toBe(28);
  expect(readdirSync(dir.path)).toEqual(['a', 'b']);
});

test('GRAPHDRIVER_FAULT_COUNT tells how many points an operation has', async () => {
  using dir = scratch();
  const end = await ending(program(WORK, { PLACE: dir.path, GRAPHDRIVER_FAULT_COUNT: `${dir.path}/count` }));
  expect(end.code).toBe(0);
  // Each directory is made, and then given its mode.
  expect(readFileSync(`${dir.path}/count`, 'utf8')).toBe('6\n');
});

test('a malformed GRAPHDRIVER_FAULT stops the process instead of testing nothing', async () => {
  using dir = scratch();
  const end = await ending(
    program(`${WORK}`, { PLACE: dir.path, GRAPHDRIVER_FAULT: 'mkdir', NODE_OPTIONS: '--unhandled-rejections=strict' }),
  );
  expect(end.code).not.toBe(0);
  expect(existsSync(`${dir.path}/a`)).toBe(false);
});
