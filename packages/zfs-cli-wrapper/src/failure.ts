import { FAILURE_RULES } from './failure-rules.ts';
import { ZfsError, type ZfsErrorCode, type ZfsErrorDetails } from './zfs-error.ts';
import type { CommandName, CommandResult } from './zfs-runner.ts';

/** Makes the error of a command that failed, from what it printed. Pure. */
export function failureOf(command: CommandName, args: readonly string[], result: CommandResult): ZfsError {
  const rule = FAILURE_RULES.find(({ pattern }) => pattern.test(withoutNames(result.stderr, args)));
  const code: ZfsErrorCode = rule?.code ?? 'COMMAND_FAILED';
  const dependents = dependentsIn(result.stderr);
  const details: ZfsErrorDetails = {
    command,
    args,
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    stderr: result.stderr,
    ...(dependents.length === 0 ? {} : { dependents }),
    ...(result.stderr.includes('successfully created, but not mounted') ? { created: true } : {}),
  };
  return new ZfsError(code, sentence(command, args, result), {
    details,
    ...(rule?.hint === undefined ? {} : { hint: rule.hint }),
  });
}

/** Names may hold any words, so none may be taken for zfs's own. */
function withoutNames(stderr: string, args: readonly string[]): string {
  // Not the apostrophe in `it's being held`.
  const unquoted = stderr.replaceAll(/(?<!\w)'[^'\n]*'/g, "''");
  const named = args.filter((arg) => arg.length > 2 && /[/@#]/.test(arg));
  return named.reduce((text, name) => text.replaceAll(name, "''"), unquoted);
}

/** zfs lists what stands in the way one by line, after a line that says which flag would take it along. */
function dependentsIn(stderr: string): readonly string[] {
  const lines = stderr.split('\n');
  const start = lines.findIndex((line) => /^use '-[a-zA-Z]+' to (destroy|force)/.test(line));
  if (start < 0) return [];
  return lines.slice(start + 1).filter((line) => line !== '' && !line.startsWith(' '));
}

function sentence(command: CommandName, args: readonly string[], { stderr, exitCode, signal }: CommandResult): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const said = lines.find((line) => /^(cannot|could not|WARNING: could not)/.test(line)) ?? lines[0];
  const how = exitCode === undefined ? `was ended by ${signal ?? 'an error'}` : `failed with exit code ${exitCode}`;
  return `${command} ${args[0] ?? ''} ${how}${said === undefined ? '' : `: ${said.trim()}`}.`;
}
