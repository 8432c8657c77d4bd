import { pipeline } from 'node:stream/promises';
import { throwIfAborted } from '@graphdriver/core';
import { failed } from './run.ts';
import { type StartedProcess, startProcess } from './start-process.ts';

/** Options of {@link filter}. */
export interface FilterOptions {
  readonly signal?: AbortSignal;
}

const STDERR_KEPT = 4096;

/**
 * Pipes bytes through a command, as in `filter('zstd', ['-dc'])(archive)`. Both ends are throttled by the reader.
 *
 * Ends by an error where the command exits with anything but 0, or where the source fails. The command is killed when the
 * reader stops before the end.
 *
 * @throws {StorageError} while reading: `PREREQUISITE_MISSING`, `COMMAND_FAILED`, `ABORTED`
 */
export function filter(
  command: string,
  args: readonly string[],
  options: FilterOptions = {},
): (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, void, undefined> {
  return async function* filtered(source) {
    throwIfAborted(options.signal, `Running ${command}`);
    const child = startProcess(command, args, { env: { LC_ALL: 'C' } });
    const abort = (): void => child.kill('SIGKILL');
    options.signal?.addEventListener('abort', abort, { once: true });
    const errors = collect(child);
    const feeding = feed(child, source);
    try {
      if (child.stdout !== null) yield* child.stdout as AsyncIterable<Uint8Array>; // A stream without encoding yields buffers.
      throwIfAborted(options.signal, `Running ${command}`);
      const { exitCode, signal } = await child.ended;
      const fault = await feeding;
      if (fault !== undefined) throw fault.error;
      if (exitCode !== 0)
        throw failed(command, args, { exitCode: exitCode ?? undefined, signal: signal ?? undefined, stderr: errors() });
    } finally {
      options.signal?.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      child.stdin?.destroy();
    }
  };
}

/** Feeds the command. A source that fails is reported and kills it; a command that stops reading tells why by its exit code. */
async function feed(
  child: StartedProcess,
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly error: unknown } | undefined> {
  let fault: { readonly error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      fault = { error };
      throw error;
    }
  };
  try {
    if (child.stdin !== null) await pipeline(watched, child.stdin);
  } catch {
    if (fault !== undefined) child.kill('SIGKILL');
  }
  return fault;
}

function collect(child: StartedProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-STDERR_KEPT);
  });
  return () => text;
}
