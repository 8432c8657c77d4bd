import { pipeline } from 'node:stream/promises';
import { StorageError } from '@graphdriver/core';
import { startProcess } from '@graphdriver/host';

/** Runs a command that reads an archive from its standard input. @throws {StorageError} `COMMAND_FAILED` */
export async function feedCommand(
  archive: AsyncIterable<Uint8Array>,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const started = startProcess(command, args, { stdout: 'ignore', stderr: 'ignore', env });
  // How it ends counts more than that it read no further.
  if (started.stdin !== null) await pipeline(archive, started.stdin).catch(() => undefined);
  if ((await started.ended).exitCode === 0) return;
  throw new StorageError('COMMAND_FAILED', `${command} could not unpack an archive.`, { details: { command, args } });
}
