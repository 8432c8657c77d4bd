import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyDescriptor, LockFile, startProcess } from '@graphdriver/host';
import { lineReader } from './protocol.ts';
import { type DaemonLine, FIRST_INHERITED, type MountState, type SupervisorLine } from './supervision.ts';

/** A daemon that dies so often in so many milliseconds would do so for ever. */
const MOST_DEATHS = 5;
const IN = 30_000;

const [, , directory = ''] = process.argv;
const program = fileURLToPath(new URL('../../dist/daemon/aufs-daemon.js', import.meta.url));

if (directory === '') process.exit(2);
const lock = LockFile.open(join(directory, 'lock')).tryAcquire('supervisor');
// Somebody else was faster.
if (lock === undefined) process.exit(0);

// A terminal's Ctrl-C is not meant for who serves others.
process.on('SIGINT', () => undefined);

const kept = new Map<string, { readonly fd: number; readonly state: MountState }>();
const deaths: number[] = [];
let generation = 0;

for (;;) {
  const exitCode = await runDaemon();
  // It ends by itself when nobody needs it.
  if (exitCode === 0 || kept.size === 0) break;
  deaths.push(Date.now());
  const lately = deaths.filter((at) => at > Date.now() - IN).length;
  process.stderr.write(`The daemon has died; ${kept.size} mounts wait for the next one.\n`);
  if (lately < MOST_DEATHS) continue;
  process.stderr.write('It dies again and again: its mounts are given up.\n');
  break;
}
process.exit(0);

async function runDaemon(): Promise<number | null> {
  generation += 1;
  const mounts = [...kept.values()];
  const daemon = startProcess(process.execPath, [program, directory, `${generation}`], {
    cwd: '/',
    stderr: 'inherit',
    descriptors: mounts.map(({ fd }) => fd),
  });
  const tell = (line: SupervisorLine): void => void daemon.stdin?.write(`${JSON.stringify(line)}\n`);
  // It may die while it is told something.
  daemon.stdin?.on('error', () => undefined);
  daemon.stdout?.setEncoding('utf8');
  daemon.stdout?.on(
    'data',
    lineReader((text) => {
      const line = JSON.parse(text) as DaemonLine; // Our own daemon of this very version has written it.
      if (line.do === 'drop') return drop(line.id);
      drop(line.id);
      if (keep(daemon.pid ?? 0, line)) tell({ kept: line.id });
    }),
  );
  tell({ adopt: mounts.map(({ state }, index) => ({ fd: FIRST_INHERITED + index, state })) });
  const { exitCode } = await daemon.ended;
  return exitCode;
}

function keep(pid: number, { id, fd, state }: Extract<DaemonLine, { readonly do: 'keep' }>): boolean {
  try {
    kept.set(id, { fd: copyDescriptor(pid, fd), state });
    return true;
  } catch (error) {
    // It died in between, or this process may not look into another: the mount is then as mortal as the daemon.
    process.stderr.write(`The mount of ${id} cannot be kept: ${String(error)}\n`);
    return pid > 0;
  }
}

function drop(id: string): void {
  const mount = kept.get(id);
  kept.delete(id);
  if (mount !== undefined) closeSync(mount.fd);
}
