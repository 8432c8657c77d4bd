import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from '../run-child.ts';
import type { ReplayMessage, ReplayRequest } from './replay-message.ts';

/** Found from the sources as well as from what they are compiled to. */
const REPLAY_PROGRAM = fileURLToPath(new URL('../../dist/picks/replay-process.js', import.meta.url));

/**
 * Has a driver do workloads in a process of its own and hands on what it says.
 *
 * Returns how the process failed, or `undefined` where it dealt with all of them or was given up by `signal`.
 */
export function runReplay(
  request: ReplayRequest,
  onMessage: (message: ReplayMessage) => void,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const onLine = (line: string): boolean => {
    const message = parseLine(line);
    if (message !== undefined) onMessage(message);
    return message?.type === 'finished';
  };
  return runChild({ program: REPLAY_PROGRAM, request, folder: dirname(request.root) }, onLine, signal);
}

/** `undefined` for what somebody else has printed. */
function parseLine(line: string): ReplayMessage | undefined {
  if (!line.startsWith('{"type":"')) return undefined;
  try {
    return JSON.parse(line) as ReplayMessage; // Our own process wrote it.
  } catch {
    return undefined;
  }
}
