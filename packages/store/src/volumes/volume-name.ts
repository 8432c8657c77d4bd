import { StoreError } from '../store-error.ts';

// A directory is named after it, and directories whose names begin with a dot are not volumes.
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,199}$/;

/** Returns what can name a volume: letters, digits, `_`, `.` and `-`, the first being a letter or digit. @throws {StoreError} `INVALID_NAME` */
export function assertVolumeName(name: string): string {
  if (NAME.test(name)) return name;
  throw new StoreError('INVALID_NAME', `${JSON.stringify(name)} is no name for a volume.`, {
    hint: 'Use letters, digits, _, . and -, beginning with a letter or digit; a path of the host begins with / or a dot.',
    details: { name },
  });
}
