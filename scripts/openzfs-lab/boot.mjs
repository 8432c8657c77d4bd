// Boots a guest for one command: output and exit status are passed on, and nothing is left of it afterwards, whoever ends it.
import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelIn } from './build-guest.mjs';
import { partFacts, places } from './places.mjs';
import { LabError, MISSING, say } from './say.mjs';

/** As timeout(1) has it. */
const TIMED_OUT = 124;
const SHOWN_LINES = 15;

/**
 * Boots, runs, powers off; resolves with the command's exit status.
 *
 * @param {readonly string[]} command
 * @param {object} options
 * @param {readonly string[]} options.share folders that the guest sees under the same path, and may change
 * @param {readonly string[]} options.read folders that it sees under the same path, read-only
 * @param {readonly number[]} options.disks sizes of empty sparse disks, in bytes: /dev/ubda, /dev/ubdb, ...
 * @param {Readonly<Record<string, string>>} options.env added to the command's environment
 * @param {{ zfs: boolean, memory: string, timeout: number, cwd: string, verbose: boolean }} options timeout in seconds
 */
export async function boot(command, options) {
  requireParts(options);
  const control = mkdtempSync(join(tmpdir(), 'graphdriver-lab-'));
  try {
    writeControl(control, command, options);
    const ending = await runGuest(control, options);
    if (options.verbose || ending.status === null) process.stderr.write(lastLines(join(control, 'console')));
    if (ending.timedOut) say(`The guest was ended after ${options.timeout} s.`);
    if (ending.timedOut) return TIMED_OUT;
    if (ending.status !== null) return ending.status;
    throw new LabError(`The guest ended before its command did (${ending.how}); above is the end of its console.`);
  } finally {
    rmSync(control, { recursive: true, force: true });
  }
}

function requireParts({ zfs }) {
  for (const part of ['guest', ...(zfs ? ['modules'] : [])])
    if (partFacts(part) === null)
      throw new LabError(`The lab has not been built. Run: node ${places.here}lab.mjs build`, MISSING);
}

/** What the guest reads when it has booted. */
function writeControl(control, command, { share, read, disks, env, zfs, cwd }) {
  const shares = [...read.map((folder) => `ro ${folder}`), ...share.map((folder) => `rw ${folder}`)];
  for (const path of [control, cwd, process.execPath, places.home, ...share, ...read])
    if (/[\s,]/.test(path)) throw new LabError(`The guest cannot be shown a path with spaces or commas: ${path}`);
  writeFileSync(join(control, 'command'), command.map((word) => `${word}\0`).join(''));
  writeFileSync(join(control, 'shares'), shares.map((line) => `${line}\n`).join(''));
  const node = `LAB_NODE=${process.execPath}\nLAB_CWD=${cwd}\nLAB_MODULES=${zfs ? places.modules : ''}\n`;
  const exported = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  writeFileSync(join(control, 'settings'), node + exported.join(''));
  for (const [index, size] of disks.entries()) {
    writeFileSync(diskIn(control, index), '');
    truncateSync(diskIn(control, index), size);
  }
}

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const diskIn = (control, index) => join(control, `disk${index}`);

async function runGuest(control, options) {
  mkdirSync(join(control, 'uml'));
  const log = openSync(join(control, 'console'), 'a');
  // Where the kernel allows it the guest has a process namespace of its own: all of it goes when its first process does. That one goes
  // with the process above it, and this with ours, also when nobody is left to end it.
  const apart = process.getuid() === 0 ? ['unshare', '--pid', '--fork', '--kill-child=KILL'] : [];
  const [program, ...args] = ['setpriv', '--pdeathsig', 'KILL', ...apart, ...kernelCommand(control, options)];
  const guest = spawn(program, args, {
    stdio: ['ignore', log, log, 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: control, TMPDIR: memoryFolder(options.memory) },
  });
  closeSync(log);
  guest.stdio[3].pipe(process.stdout, { end: false });
  guest.stdio[4].pipe(process.stderr, { end: false });
  const watch = endInTime(guest, options.timeout);
  try {
    const how = await new Promise((resolve, reject) => {
      guest.once('error', reject);
      guest.once('close', (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
    return { how, status: statusIn(control), timedOut: watch.timedOut() };
  } finally {
    watch.stop();
  }
}

function kernelCommand(control, { disks, memory }) {
  const root = ['rootfstype=hostfs', `rootflags=${join(places.guest, 'root')}`, 'ro', 'init=/guest-init'];
  const lines = ['con=null', 'con0=null,fd:1', 'ssl=null', 'ssl1=null,fd:3', 'ssl2=null,fd:4'];
  const attached = disks.map((_, index) => `ubd${index}=${diskIn(control, index)}`);
  const rest = [`uml_dir=${join(control, 'uml')}/`, 'quiet', 'panic=-1', `LAB_CONTROL=${control}`];
  return [kernelIn(places.guest), `mem=${memory}`, ...root, ...lines, ...attached, ...rest];
}

/** The kernel maps its memory from a file here, and is several times slower where that is on a disk. */
function memoryFolder(memory) {
  const wanted = Number.parseInt(memory, 10) * (memory.endsWith('G') ? 1024 ** 3 : 1024 ** 2);
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > wanted) return '/dev/shm';
  } catch {
    // No such folder: the temporary one it is.
  }
  return tmpdir();
}

/** Ends the guest when its time is over, or when this process is told to end. */
function endInTime(guest, seconds) {
  let over = false;
  const end = () => guest.kill('SIGKILL');
  const timer = setTimeout(() => {
    over = true;
    end();
  }, seconds * 1000);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, end);
  return {
    timedOut: () => over,
    stop() {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, end);
    },
  };
}

function statusIn(control) {
  try {
    return Number.parseInt(readFileSync(join(control, 'status'), 'utf8'), 10);
  } catch {
    return null;
  }
}

function lastLines(path) {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .slice(-SHOWN_LINES)
    .map((line) => `  ${line}\n`)
    .join('');
}
