import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openPipe } from '../src/pipe.ts';
import { sealDescriptors } from '../src/seal-descriptors.ts';
import { startProcess } from '../src/start-process.ts';
import { openTerminal } from '../src/terminal.ts';

function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

test('a child can open its end of a pipe by name, and its end is seen when it has ended', async () => {
  const pipe = openPipe();
  const reading = text(pipe.reader());
  const child = startProcess('sh', ['-c', 'echo one; echo two >/dev/stdout'], {
    stdin: 'ignore',
    stdout: pipe.writeEnd,
  });
  pipe.close('read', 'write');
  expect(await child.ended).toEqual({ exitCode: 0, signal: null });
  expect(await reading).toBe('one\ntwo\n');
});

test('a child reads what is written to a pipe, to its end, and no other child keeps it open', async () => {
  const pipe = openPipe();
  const child = startProcess('cat', [], { stdin: pipe.readEnd });
  const other = startProcess('sleep', ['1000']);
  pipe.close('read');
  pipe.writer().end('typed');
  const printed = child.stdout === null ? '' : await text(child.stdout);
  expect(await child.ended).toEqual({ exitCode: 0, signal: null });
  expect(printed).toBe('typed');
  other.kill('SIGKILL');
});

test('closing ends that are streams, or closed already, does nothing', () => {
  const before = openDescriptors().length;
  const pipe = openPipe();
  pipe.close('read');
  pipe.close('read', 'write');
  pipe.close('read', 'write');
  expect(openDescriptors().length).toBe(before);
});

test('a program takes its side of a terminal for one, with the size that it was given', async () => {
  const terminal = openTerminal({ columns: 91, rows: 31 });
  expect(existsSync(terminal.path)).toBe(true);
  let printed = '';
  terminal.keyboard.on('data', (piece: Buffer) => {
    printed += piece.toString();
  });
  const side = terminal.programSide;
  const script = 'test -t 0 && stty size; read -r line; stty size; echo "got $line"';
  const child = startProcess('setsid', ['--ctty', 'sh', '-c', script], { stdin: side, stdout: side, stderr: side });
  terminal.closeProgramSide();
  terminal.resize({ columns: 40, rows: 10 });
  terminal.keyboard.write('typed\n');
  await Promise.all([child.ended, new Promise((resolve) => terminal.keyboard.once('close', resolve))]);
  expect(printed).toMatch(/10 40\r\n/);
  expect(printed).toContain('got typed\r\n');
  terminal.close();
  expect(openDescriptors()).not.toContain(terminal.path);
});

test('a child gets none of the descriptors that this process has inherited', async () => {
  // Node opens its own sealed, and seals those that it has inherited up to the first gap.
  const script = `
    import { startProcess, sealDescriptors } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url))};
    if (process.argv[1] === 'sealed') sealDescriptors();
    const child = startProcess('readlink', ['/proc/self/fd/70'], { stdin: 'ignore', stdout: 'inherit' });
    await child.ended;`;
  const found = async (word: string): Promise<string> => {
    const words = ['--input-type=module', '-e', script, word];
    const child = startProcess('bash', ['-c', 'exec 70</etc; exec "$@"', 'bash', process.execPath, ...words]);
    return child.stdout === null ? '' : await text(child.stdout);
  };
  expect(await found('open')).toBe('/etc\n');
  expect(await found('sealed')).toBe('');
  expect(() => sealDescriptors()).not.toThrow();
});
