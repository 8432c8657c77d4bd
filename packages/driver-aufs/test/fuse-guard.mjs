// Cuts the connection of a FUSE mount that answers nobody any more, so that who waits for it fails instead of hanging for ever.
// Run beside the tests, for they may be among those who wait: `node fuse-guard.mjs DIRECTORY`, until its standard input ends.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const CONNECTIONS = '/sys/fs/fuse/connections';
const LOOK_EVERY = 5000;
const PATIENCE = 90_000;

const [, , directory, patience = PATIENCE] = process.argv;
const waitingSince = new Map();
let isOurs = false;

process.stdin.resume();
process.stdin.on('end', () => {
  if (isOurs) spawnSync('umount', [CONNECTIONS]);
  process.exit(0);
});
setInterval(look, LOOK_EVERY);

function look() {
  for (const connection of connectionsUnder(directory)) {
    if (readNumber(`${CONNECTIONS}/${connection}/waiting`) === 0) waitingSince.delete(connection);
    else if (!waitingSince.has(connection)) waitingSince.set(connection, Date.now());
    else if (Date.now() - waitingSince.get(connection) > patience)
      writeFileSync(`${CONNECTIONS}/${connection}/abort`, '1');
  }
}

/** The numbers of the connections behind our mounts: the minor numbers of their devices. Looks at nothing inside a mount. */
function connectionsUnder(path) {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const ours = lines
    .map((line) => line.split(' '))
    .filter((words) => words[4]?.startsWith(path) && words.includes('fuse.aufs'));
  if (ours.length > 0) showConnections();
  return new Set(ours.map((words) => words[2].split(':')[1]));
}

function showConnections() {
  if (readdirSync(CONNECTIONS).length > 0) return;
  isOurs = true;
  spawnSync('mount', ['-t', 'fusectl', 'fusectl', CONNECTIONS]);
}

function readNumber(path) {
  try {
    return Number(readFileSync(path, 'latin1'));
  } catch {
    return 0; // It has just gone.
  }
}
