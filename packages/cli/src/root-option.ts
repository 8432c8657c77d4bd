import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

/**
 * The absolute path that `--root` means. A `~` is the home directory: shells leave it as it is in `--root=~/layers`.
 */
export function parseRoot(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is the path of a directory.');
  return resolve(text.replace(/^~(?=\/|$)/, homedir()));
}
