import type { GlobalOptions } from '../composition.ts';
import { exitCodeFor } from '../exit-code.ts';
import { reportError } from '../report-error.ts';
import { print } from '../terminal.ts';

/**
 * Does something for every name and prints what comes of it, unless the result is to be JSON. As in Docker, one that fails does not keep the
 * others from their turn; the program then ends with the code of the first error. Returns what was done.
 */
export async function eachOf<T>(
  names: readonly string[],
  { json = false, root }: GlobalOptions,
  work: (name: string) => Promise<T>,
  line: (done: T, name: string) => string = (_, name) => name,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (const name of names) {
    try {
      const done = await work(name);
      all.push(done);
      if (!json) print(line(done, name));
    } catch (error) {
      reportError(error, { json, root });
      process.exitCode ??= exitCodeFor(error);
    }
  }
  return all;
}
