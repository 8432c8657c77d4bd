import { expect, test } from 'vitest';
import { ProcessMarks } from '../src/process-marks.ts';
import { ending, line, program, scratch } from './scratch.ts';

const MARK = `
const marks = host.ProcessMarks.open(process.env.MARKS);
console.log(marks.token);
process.stdin.resume();
`;

test('each opener has a token of its own that is alive until it is closed', () => {
  using dir = scratch();
  const [one, two] = [ProcessMarks.open(`${dir.path}/marks`), ProcessMarks.open(`${dir.path}/marks`)];
  expect(one.token).not.toBe(two.token);
  expect([one.isAlive(one.token), one.isAlive(two.token), two.isAlive(one.token)]).toEqual([true, true, true]);
  expect(one.isAlive('never given')).toBe(false);
  two.close();
  two.close();
  expect(one.isAlive(two.token)).toBe(false);
  one.close();
  expect(one.isAlive(one.token)).toBe(false);
});

test('a process is alive until it is killed', async () => {
  using dir = scratch();
  const marks = ProcessMarks.open(`${dir.path}/marks`);
  const child = program(MARK, { MARKS: `${dir.path}/marks` });
  const token = await line(child);
  expect(marks.isAlive(token)).toBe(true);
  child.kill('SIGKILL');
  await ending(child);
  expect(marks.isAlive(token)).toBe(false);
  marks.close();
});

test('a child that outlives the process does not keep its mark alive', async () => {
  using dir = scratch();
  const marks = ProcessMarks.open(`${dir.path}/marks`);
  const body = `${MARK}
    const child = host.startProcess('sleep', ['60'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', detached: true });
    console.log(child.pid);`;
  const child = program(body, { MARKS: `${dir.path}/marks` });
  let text = '';
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString();
  });
  while (text.split('\n').length < 3) await new Promise(setImmediate);
  const [token = '', pid = ''] = text.split('\n');
  expect(marks.isAlive(token)).toBe(true);
  child.kill('SIGKILL');
  await ending(child);
  expect(process.kill(Number(pid), 0)).toBe(true);
  expect(marks.isAlive(token)).toBe(false);
  process.kill(Number(pid), 'SIGKILL');
  marks.close();
});
