import { isCodedError } from './coded-error.ts';
import { endProgress, paint } from './terminal.ts';

/** Tells a person, or with `json` a program, what failed; the remedy is the last line. Writes to stderr. */
export function reportError(error: unknown, options: { readonly json: boolean }): void {
  endProgress();
  process.stderr.write(`${options.json ? errorJson(error) : errorText(error)}\n`);
}

/** Tells what commander found wrong with the words of `command`, in the same form. */
export function reportWrongUsage(text: string, options: { readonly json: boolean; readonly command: string }): void {
  const message = text.replace(/^error: /, '').trim();
  const hint = `${options.command} --help shows how it is used.`;
  const said = options.json
    ? JSON.stringify({ error: { message: message.replaceAll('\n', ' '), hint } })
    : `${prefix()} ${message}\n${hint}`;
  process.stderr.write(`${said}\n`);
}

function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = isCodedError(error) ? ` (${error.code})` : '';
  const lines = [`${prefix()} ${message}${code}`];
  if (isCodedError(error)) {
    const stderr = error.details['stderr'];
    if (typeof stderr === 'string' && stderr.trim() !== '') lines.push(stderr.trim());
    if (error.hint !== undefined) lines.push(error.hint);
  }
  if (process.env['GRAPHDRIVER_DEBUG'] !== undefined && error instanceof Error) lines.push(error.stack ?? '');
  return lines.join('\n');
}

function prefix(): string {
  return paint('red', 'graphdriver:', process.stderr);
}

function errorJson(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!isCodedError(error)) return JSON.stringify({ error: { message } });
  return JSON.stringify({
    error: { code: error.code, message, ...(error.hint === undefined ? {} : { hint: error.hint }) },
  });
}
