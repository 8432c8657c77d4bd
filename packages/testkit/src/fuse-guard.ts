import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isStorageError } from '@graphdriver/core';
import { createMounter, isErrno, mountsUnder } from '@graphdriver/host';

/*
 * Cuts the connections of FUSE mounts under a directory that answer nobody any more, so that who waits for them fails instead of hanging
 * for ever: `node fuse-guard.js DIRECTORY PATIENCE`, until its standard input ends. Then it cuts and takes away what is still mounted.
 *
 * It looks at the table of mounts and at the control file system, and at nothing inside a mount: it must not wait with the others.
 */

const CONNECTIONS = '/sys/fs/fuse/connections';
const MOST_BETWEEN_LOOKS = 1000;

const [, , directory = '', patienceText = ''] = process.argv;
const patience = Number(patienceText);
if (!directory.startsWith('/') || !(patience > 0)) process.exit(2);

const mounter = createMounter();
const waitingSince = new Map<string, number>();
let hasShownConnections = false;

setInterval(() => void look(), Math.min(MOST_BETWEEN_LOOKS, patience / 4));
process.stdin.resume();
process.stdin.on('end', () => void end());

async function look(): Promise<void> {
  for (const { connection } of await ourMounts()) {
    const since = waitingSince.get(connection);
    if (read(connection, 'waiting') === 0) waitingSince.delete(connection);
    else if (since === undefined) waitingSince.set(connection, Date.now());
    else if (Date.now() - since > patience) abort(connection);
  }
}

async function end(): Promise<void> {
  for (const { connection, mountPoint } of (await ourMounts()).reverse()) {
    abort(connection);
    await mounter.unmount(Buffer.from(mountPoint, 'latin1'), { detach: true });
  }
  if (hasShownConnections) await mounter.unmount(CONNECTIONS, { detach: true });
  process.exit(0);
}

/** The FUSE mounts under the directory, each with its connection, whose number is the minor one of the mount's device. */
async function ourMounts(): Promise<{ readonly connection: string; readonly mountPoint: string }[]> {
  const mounts = mountsUnder(directory).filter(({ type }) => type === 'fuse' || type.startsWith('fuse.'));
  if (mounts.length > 0) await showConnections();
  return mounts.map(({ device, mountPoint }) => ({ connection: device.split(':')[1] ?? '', mountPoint }));
}

async function showConnections(): Promise<void> {
  if (readdirSync(CONNECTIONS).length > 0) return;
  try {
    await mounter.mount({ type: 'fusectl', source: 'fusectl', target: CONNECTIONS });
    hasShownConnections = true;
  } catch (error) {
    // It is shown already, and the mount that we saw has just gone; or another guard was faster.
    if (!isStorageError(error) || !isErrno(error.cause, 'EBUSY')) throw error;
  }
}

function abort(connection: string): void {
  try {
    writeFileSync(`${CONNECTIONS}/${connection}/abort`, '1');
  } catch {
    // It has just gone.
  }
}

function read(connection: string, name: string): number {
  try {
    return Number(readFileSync(`${CONNECTIONS}/${connection}/${name}`, 'latin1'));
  } catch {
    return 0; // It has just gone.
  }
}
