import { feedCommand } from './feed-command.ts';

/** Unpacks an archive into a directory with GNU tar, as who has no better way does. @throws {StorageError} `COMMAND_FAILED` */
export function unpackByTar(archive: AsyncIterable<Uint8Array>, directory: string): Promise<void> {
  const how = ['--numeric-owner', '--xattrs', '--xattrs-include=*', '-p'];
  return feedCommand(archive, 'tar', [...how, '-xf', '-', '-C', directory]);
}
