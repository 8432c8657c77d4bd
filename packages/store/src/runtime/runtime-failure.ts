import { readFileSync } from 'node:fs';
import { StoreError } from '../store-error.ts';

/** What a shell and Docker answer for a program that cannot be started. */
export const EXIT_CODES = { runtimeFailed: 125, notExecutable: 126, notFound: 127 } as const;

/**
 * What went wrong before the program ran, by what crun, runc or the set-up script have complained of.
 *
 * The exit code is 127 where there is no such program, 126 where it cannot be executed, else 125.
 */
export function startFailure(complaints: string): { readonly exitCode: number; readonly reason: string } {
  const reason = complaints.trim() === '' ? 'the runtime did not say why' : complaints.trim();
  return { exitCode: exitCodeOf(reason), reason };
}

// crun 1.8: "executable file `x` not found in $PATH", "open executable: Permission denied".
// runc 1.1: `exec: "x": executable file not found in $PATH`, `exec: "/x": stat /x: no such file or directory`, `exec: "/x": permission denied`.
function exitCodeOf(reason: string): number {
  if (/executable file\b.*\bnot found/i.test(reason)) return EXIT_CODES.notFound;
  if (/exec: "[^"]*":.*(no such file|not a directory)/i.test(reason)) return EXIT_CODES.notFound;
  if (/open executable:|exec: "[^"]*":/i.test(reason)) return EXIT_CODES.notExecutable;
  return EXIT_CODES.runtimeFailed;
}

/** The messages of a runtime's log: a JSON object per line, or plain lines. Nothing where there is no log. */
export function readComplaints(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return '';
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(messageOf)
    .join('\n');
}

function messageOf(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'msg' in entry ? String(entry.msg) : line;
  } catch {
    return line;
  }
}

/** The error of a container, or of another process in one, that could not be started. */
export function notStarted(what: string, complaints: string): StoreError {
  const { exitCode, reason } = startFailure(complaints);
  return new StoreError('RUNTIME_FAILED', `${what} could not be started: ${reason}.`, {
    ...(exitCode === EXIT_CODES.runtimeFailed
      ? {}
      : { hint: 'Name a program that the container has and can execute.' }),
    details: { exitCode, reason },
  });
}
