import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The path, or its nearest ancestor, that is a directory. Absolute paths have one. */
export function nearestDirectory(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    const isDirectory = statSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isDirectory || dirname(at) === at) return at;
  }
}
