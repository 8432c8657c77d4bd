// The guest lab: a second kernel, with OpenZFS and with XFS quota, as an ordinary process of this host. See the README beside.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { boot } from './boot.mjs';
import { build } from './build.mjs';
import { partFacts, places } from './places.mjs';
import { LabError, MISSING, say, USAGE } from './say.mjs';

const HELP = `Usage: node scripts/openzfs-lab/lab.mjs build [--only guest|modules] [--install] [--jobs N]
       node scripts/openzfs-lab/lab.mjs run [OPTIONS] -- COMMAND [ARGUMENT...]
       node scripts/openzfs-lab/lab.mjs facts

build   Builds what is missing of the lab, once; needs root and Debian, takes 3 to 10 minutes. Can be cut short and goes on later.
  --only PART     the guest alone takes a minute, and has overlay, xfs with quota, ext4 and btrfs; modules is OpenZFS for it
  --install       install the Debian packages that building needs
  --jobs N        compile so many files at once (as many as there are processors)

run     Boots the guest, runs one command in it as root, passes on its output and exit status, and powers off.
        The guest sees this repository under the same path, read-only, and has this node; all else that it writes is gone afterwards.
  --zfs           load OpenZFS
  --disk SIZE     an empty sparse disk, as in 4G; may be repeated: /dev/ubda, /dev/ubdb, ...
  --share FOLDER  a folder of the host, under the same path; may be repeated
  --read FOLDER   the same, read-only
  --env NAME=VALUE, --cwd FOLDER, --memory SIZE (2G), --timeout SECONDS (600)
  --verbose       show the end of the guest's console as well

facts   Prints what there is, as JSON.

The lab lies in ${places.home}; the environment variable GRAPHDRIVER_LAB names another folder than ~/.cache/graphdriver/openzfs-lab.
Exit status: that of the command; 1 where the guest failed, 2 for wrong usage, 3 where something is missing, 124 after the timeout.
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  only: { type: 'string' },
  install: { type: 'boolean', default: false },
  jobs: { type: 'string', default: String(availableParallelism()) },
  zfs: { type: 'boolean', default: false },
  disk: { type: 'string', multiple: true, default: [] },
  share: { type: 'string', multiple: true, default: [] },
  read: { type: 'string', multiple: true, default: [] },
  env: { type: 'string', multiple: true, default: [] },
  cwd: { type: 'string', default: '/root' },
  memory: { type: 'string', default: '2G' },
  timeout: { type: 'string', default: '600' },
  verbose: { type: 'boolean', default: false },
};

const UNITS = { M: 1024 ** 2, G: 1024 ** 3 };

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}

async function main(args) {
  const { values, positionals } = parse(args);
  if (values.help) process.stdout.write(HELP);
  if (values.help) return 0;
  const [verb, ...rest] = positionals;
  if (verb === 'build' && rest.length === 0) return runBuild(values, args);
  if (verb === 'run' && rest.length > 0) return boot(rest, runOptions(values));
  if (verb === 'facts' && rest.length === 0) return printFacts();
  throw new LabError(`What is asked for is build, run -- COMMAND, or facts.\n${HELP}`, USAGE);
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new LabError(error.message, USAGE);
  }
}

/** Two builds at once would write over each other: the second waits here, and then finds nothing to do. */
function runBuild(values, args) {
  const parts = values.only === undefined ? ['guest', 'modules'] : [values.only];
  if (!parts.every((part) => part in places && ['guest', 'modules'].includes(part)))
    throw new LabError('--only is guest or modules.', USAGE);
  if (process.env.GRAPHDRIVER_LAB_LOCKED === places.lock) {
    build(parts, { install: values.install, jobs: wholeNumber(values.jobs, '--jobs') });
    return 0;
  }
  mkdirSync(places.home, { recursive: true });
  const locked = spawnSync('flock', [places.lock, process.execPath, `${places.here}lab.mjs`, ...args], {
    stdio: 'inherit',
    env: { ...process.env, GRAPHDRIVER_LAB_LOCKED: places.lock },
  });
  if (locked.error !== undefined) throw new LabError(`flock did not start: ${locked.error.message}`, MISSING);
  return locked.status ?? 1;
}

function runOptions(values) {
  return {
    zfs: values.zfs,
    verbose: values.verbose,
    cwd: values.cwd,
    memory: values.memory,
    timeout: wholeNumber(values.timeout, '--timeout'),
    share: values.share.map((folder) => resolve(folder)),
    read: [places.repository, ...values.read.map((folder) => resolve(folder))],
    disks: values.disk.map(size),
    env: Object.fromEntries(values.env.map(assignment)),
  };
}

function printFacts() {
  const facts = { home: places.home, guest: partFacts('guest'), modules: partFacts('modules') };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
  return 0;
}

function wholeNumber(text, option) {
  if (!/^[1-9]\d*$/.test(text)) throw new LabError(`${option} is a whole number.`, USAGE);
  return Number(text);
}

function size(text) {
  const found = /^([1-9]\d*)([MG])$/.exec(text);
  if (found === null) throw new LabError(`A size is given as in 300M or 4G, and not as ${text}.`, USAGE);
  return Number(found[1]) * UNITS[found[2]];
}

function assignment(text) {
  const found = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
  if (found === null) throw new LabError(`--env takes NAME=VALUE, and not ${text}.`, USAGE);
  return [found[1], found[2]];
}
