import { isCodedError } from './coded-error.ts';
import { moveRemedy } from './store/move-remedy.ts';
import { endProgress, paint } from './terminal.ts';

/** What {@link reportError} goes by. */
export interface ReportOptions {
  readonly json: boolean;
  /** The root that the command was for. */
  readonly root: string;
}

/** Tells a person, or with `json` a program, what failed; the remedy is the last line. Writes to stderr. */
export function reportError(error: unknown, { json, root }: ReportOptions): void {
  endProgress();
  const hint = moveRemedy(error, root) ?? (isCodedError(error) ? error.hint : undefined);
  process.stderr.write(`${json ? errorJson(error, hint) : errorText(error, hint)}\n`);
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

function errorText(error: unknown, hint: string | undefined): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = isCodedError(error) ? ` (${error.code})` : '';
  const lines = [`${prefix()} ${message}${code}`];
  if (isCodedError(error)) {
    const stderr = error.details['stderr'];
    if (typeof stderr === 'string' && stderr.trim() !== '') lines.push(stderr.trim());
  }
  if (hint !== undefined) lines.push(hint);
  if (process.env['GRAPHDRIVER_DEBUG'] !== undefined && error instanceof Error) lines.push(error.stack ?? '');
  return lines.join('\n');
}

function prefix(): string {
  return paint('red', 'graphdriver:', process.stderr);
}

function errorJson(error: unknown, hint: string | undefined): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!isCodedError(error)) return JSON.stringify({ error: { message } });
  return JSON.stringify({
    error: { code: error.code, message, ...(hint === undefined ? {} : { hint }) },
  });
}
