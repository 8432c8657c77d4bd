import { expect, test } from 'vitest';
import { isRunning, processIdentity, signalProcess } from '../src/process-identity.ts';
import { startProcess } from '../src/start-process.ts';

function identityOf(pid: number | undefined): NonNullable<ReturnType<typeof processIdentity>> {
  const identity = processIdentity(pid ?? 0);
  if (identity === undefined) throw new Error('There is no such process.');
  return identity;
}

test('a process is known by its number and start, and gets signals for as long as it runs', async () => {
  const child = startProcess('sleep', ['1000']);
  const identity = identityOf(child.pid);
  expect(isRunning(identity)).toBe(true);
  expect(signalProcess(identity, 'SIGTERM')).toBe(true);
  expect(await child.ended).toEqual({ exitCode: null, signal: 'SIGTERM' });
  expect(isRunning(identity)).toBe(false);
  expect(signalProcess(identity, 'SIGTERM')).toBe(false);
  expect(processIdentity(identity.pid)).toBeUndefined();
});

test('another process with the same number, or one before a reboot, gets nothing', async () => {
  const child = startProcess('sleep', ['1000']);
  const identity = identityOf(child.pid);
  for (const other of [
    { ...identity, start: '1' },
    { ...identity, boot: 'another' },
  ]) {
    expect(isRunning(other)).toBe(false);
    expect(signalProcess(other, 'SIGKILL')).toBe(false);
  }
  expect(isRunning(identity)).toBe(true);
  child.kill('SIGKILL');
  await child.ended;
});

test('a process whose name looks like fields of its record is still read right', async () => {
  const child = startProcess('sh', ['-c', 'printf ") Z 1 2 3" >/proc/$$/comm; echo; exec 3</dev/null; read -r line']);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  expect(isRunning(identityOf(child.pid))).toBe(true);
  child.kill('SIGKILL');
  await child.ended;
});
