import { isCodedError } from '../coded-error.ts';

/** The command that goes on with a move, or with a flag ends it. */
export function moveCommand(from: string, to: string, ...flags: readonly string[]): string {
  return ['graphdriver', '--root', quoted(from), 'root', 'move', quoted(to), ...flags].join(' ');
}

/** What to do about a store that goes or has gone elsewhere, in commands; `undefined` for any other error. `root` is where it was looked for. */
export function moveRemedy(error: unknown, root: string): string | undefined {
  if (!isCodedError(error) || error.code !== 'STORE_MOVED') return undefined;
  const { to, complete, from = root } = error.details;
  if (typeof to !== 'string' || typeof from !== 'string') return undefined;
  if (complete === true)
    return `Use it there: --root ${quoted(to)}. Remove what is left here: ${moveCommand(from, to, '--remove-old')}`;
  return onwardOrBack(from, to);
}

/** The two ways on from a move that is not complete, in commands. */
export function onwardOrBack(from: string, to: string): string {
  return `Go on with: ${moveCommand(from, to)}\nOr give it up: ${moveCommand(from, to, '--abandon')}`;
}

/** A path as a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
