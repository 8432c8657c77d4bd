import { expect, test } from 'vitest';
import { filter } from '../src/filter.ts';
import { startProcess } from '../src/start-process.ts';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of stream) all.push(piece);
  return Buffer.concat(all).toString();
}

test('a started process talks through its pipes and tells how it ended', async () => {
  const child = startProcess('sh', ['-c', 'read x; echo "got $x"; exit 7']);
  child.stdin?.end('this\n');
  let text = '';
  for await (const piece of child.stdout ?? []) text += String(piece);
  expect(text).toBe('got this\n');
  expect(await child.ended).toEqual({ exitCode: 7, signal: null });
  child.kill();
});

test('a started process is killed with what it has started', async () => {
  const child = startProcess('sh', ['-c', 'sleep 100 & echo $!; wait']);
  const pid = await new Promise<number>((resolve) =>
    child.stdout?.once('data', (data) => resolve(Number(String(data)))),
  );
  child.kill('SIGKILL');
  // The pipes are closed only when nobody has them any more.
  expect(await child.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
  expect(pid).toBeGreaterThan(0);
});

test('a command that is not there fails when asked how it ended', async () => {
  const child = startProcess('no-such-command', []);
  expect(child.pid).toBeUndefined();
  await expect(child.ended).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING' });
});

test('a filter pipes more bytes than fit any buffer, in order', async () => {
  const text = 'x'.repeat(100_000);
  expect(await read(filter('tr', ['x', 'y'])(pieces(text, text, text)))).toBe('y'.repeat(300_000));
  expect(await read(filter('cat', [])(pieces()))).toBe('');
});

test('a filter that exits with an error fails with its stderr', async () => {
  const failing = filter('sh', ['-c', 'cat >/dev/null; echo broken >&2; exit 4'])(pieces('a'));
  await expect(read(failing)).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    details: { exitCode: 4, stderr: 'broken\n' },
  });
});

test('a filter that stops reading early ends well if it says so', async () => {
  const text = 'line\n'.repeat(100_000);
  expect(await read(filter('head', ['-n1'])(pieces(text, text, text)))).toBe('line\n');
});

test('a source that fails makes the filtered stream fail with the same error', async () => {
  const fault = new Error('no more');
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    throw fault;
  };
  await expect(read(filter('cat', [])(source()))).rejects.toBe(fault);
});

test('a missing filter is a missing prerequisite', async () => {
  await expect(read(filter('no-such-command', [])(pieces('a')))).rejects.toMatchObject({
    code: 'PREREQUISITE_MISSING',
  });
});

test('a reader that stops early ends the filter and its source', async () => {
  let ended = false;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(65536, 'x');
    } finally {
      ended = true;
    }
  };
  for await (const piece of filter('cat', [])(source())) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  while (!ended) await new Promise(setImmediate);
});

test('an abort ends a filter with ABORTED', async () => {
  const controller = new AbortController();
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 10_000).unref());
  };
  await expect(read(filter('cat', [], { signal: controller.signal })(source()))).rejects.toMatchObject({
    code: 'ABORTED',
  });
});
