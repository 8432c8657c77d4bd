import { isStorageError } from '@graphdriver/core';
import { endProgress, paint } from './terminal.ts';

/** Tells a person, or with `json` a program, what failed; the remedy is the last line. Writes to stderr. */
export function reportError(error: unknown, options: { readonly json: boolean }): void {
  endProgress();
  process.stderr.write(`${options.json ? errorJson(error) : errorText(error)}\n`);
}

function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = isStorageError(error) ? ` (${error.code})` : '';
  const lines = [`${paint('red', 'graphdriver:', process.stderr)} ${message}${code}`];
  if (isStorageError(error)) {
    const stderr = error.details['stderr'];
    if (typeof stderr === 'string' && stderr.trim() !== '') lines.push(stderr.trim());
    if (error.hint !== undefined) lines.push(error.hint);
  } else if (process.env['GRAPHDRIVER_DEBUG'] !== undefined && error instanceof Error) {
    lines.push(error.stack ?? '');
  }
  return lines.join('\n');
}

function errorJson(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!isStorageError(error)) return JSON.stringify({ error: { message } });
  return JSON.stringify({
    error: { code: error.code, message, ...(error.hint === undefined ? {} : { hint: error.hint }) },
  });
}
