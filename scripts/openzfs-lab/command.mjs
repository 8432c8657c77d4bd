// Commands of a build: output goes to a log, of which a failure shows the end.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { places } from './places.mjs';
import { LabError } from './say.mjs';

const SHOWN_LINES = 20;

/** Runs a command in `cwd`, its output appended to the build's log. @throws {LabError} with the end of that log */
export function logged(command, args, { cwd = places.work, env = {} } = {}) {
  const path = join(places.work, 'build.log');
  const log = openSync(path, 'a');
  try {
    const result = spawnSync(command, args, { cwd, env: quietEnv(env), stdio: ['ignore', log, log] });
    if (result.status === 0) return;
    const why = result.error?.message ?? `exit status ${result.status ?? result.signal}`;
    const end = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n  ');
    throw new LabError(`${command} ${args.join(' ')} failed (${why}):\n  ${end}\nAll of it: ${path}`);
  } finally {
    closeSync(log);
  }
}

/** What a command prints. @throws {LabError} */
export function output(command, args, { cwd } = {}) {
  const result = spawnSync(command, args, { cwd, env: quietEnv({}), encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  if (result.status === 0) return result.stdout;
  throw new LabError(`${command} ${args.join(' ')} failed: ${result.error?.message ?? result.stderr.trim()}`);
}

function quietEnv(env) {
  return { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...env };
}
