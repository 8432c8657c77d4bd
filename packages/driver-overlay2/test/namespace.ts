import { once } from 'node:events';
import { chownSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { commandExists, run, startProcess } from '@graphdriver/host';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';

/** How a process in a user namespace ended, and what it said. */
export interface NamespaceEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** An ordinary user's first subordinate id, and how many there are. */
const FIRST = 100_000;
const IDS = 65_536;

// The shell keeps its capabilities until the ids are mapped; then it becomes the namespace's root.
const BECOME_ROOT = 'echo ready; read go; exec setpriv --reuid=0 --regid=0 --clear-groups "$@"';

/** Why there are no user namespaces here, or `null` where there are. */
export async function namespaceReason(): Promise<string | null> {
  const missing = ['unshare', 'setpriv'].find((command) => !commandExists(command));
  const reason = privilegeReason() ?? (missing === undefined ? await refusal() : `There is no command ${missing}.`);
  return requireOrSkip('overlay2', reason);
}

async function refusal(): Promise<string | null> {
  const made = await run('unshare', ['-Urm', 'true'], { okExitCodes: [0, 1] });
  if (made.exitCode !== 0) return `This kernel makes no user namespaces: ${made.stderr.trim()}`;
  const reader = ['--reuid', `${FIRST}`, '--regid', `${FIRST}`, '--clear-groups', 'test', '-r', import.meta.filename];
  const read = await run('setpriv', reader, { okExitCodes: [0, 1] });
  return read.exitCode === 0 ? null : 'Other users may not read this repository.';
}

/** Runs Node as root of a user namespace in which 65,536 ids are mapped, as a rootless engine has it, after giving `owned` to that root. */
export async function inMappedNamespace(args: readonly string[], owned: readonly string[]): Promise<NamespaceEnd> {
  for (const path of owned) chownSync(path, FIRST, FIRST);
  const unshare = ['--user', '--mount', '--keep-caps', 'sh', '-c', BECOME_ROOT, 'sh', process.execPath, ...args];
  const child = startProcess('unshare', unshare, { env: { GRAPHDRIVER_PROBE_CACHE: 'off' } });
  if (child.stdout === null || child.stderr === null) throw new Error('The process has no pipes.');
  const stderr = text(child.stderr);
  await once(child.stdout, 'readable');
  for (const kind of ['uid', 'gid']) writeFileSync(`/proc/${child.pid}/${kind}_map`, `0 ${FIRST} ${IDS}\n`);
  child.stdin?.end('go\n');
  const stdout = await text(child.stdout);
  const { exitCode } = await child.ended;
  return { stdout: stdout.replace(/^ready\n/, ''), stderr: await stderr, exitCode };
}

/** Runs Node as root of a user namespace in which no other id than that root is mapped: `unshare -Urm`. */
export async function inLoneNamespace(args: readonly string[]): Promise<NamespaceEnd> {
  const child = startProcess('unshare', ['-Urm', process.execPath, ...args], {
    stdin: 'ignore',
    env: { GRAPHDRIVER_PROBE_CACHE: 'off' },
  });
  if (child.stdout === null || child.stderr === null) throw new Error('The process has no pipes.');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const { exitCode } = await child.ended;
  return { stdout, stderr, exitCode };
}
