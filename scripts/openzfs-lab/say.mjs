// How the lab speaks: progress and refusals on stderr, as the other scripts do.

/** A failure that the user can mend: the message says how, and no stack trace is shown. */
export class LabError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Exit codes as those of the command line: a missing prerequisite, wrong usage. */
export const MISSING = 3;
export const USAGE = 2;

/** Prints one line of progress to stderr. */
export function say(line) {
  process.stderr.write(`openzfs-lab: ${line}\n`);
}
