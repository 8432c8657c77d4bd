import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseMessage, type RoundMessage, type RoundRequest } from './round-message.ts';
import { runChild } from './run-child.ts';

/** Found from the sources as well as from what they are compiled to. */
const ROUND_PROGRAM = fileURLToPath(new URL('../dist/round-process.js', import.meta.url));

/**
 * Runs one round in a process of its own and hands on what it says.
 *
 * Returns how the process failed, or `undefined` where it dealt with all cases or was given up by `signal`.
 */
export function runRound(
  request: RoundRequest,
  onMessage: (message: RoundMessage) => void,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const onLine = (line: string): boolean => {
    const message = parseMessage(line);
    if (message !== undefined) onMessage(message);
    return message?.type === 'finished';
  };
  return runChild({ program: ROUND_PROGRAM, request, folder: dirname(request.root) }, onLine, signal);
}
