import { type RunOptions, run } from '@graphdriver/host';

/** Who gives up, and when. */
export type ProgramLimits = Pick<RunOptions, 'signal' | 'timeout'>;

/** Lets `find` read the names and attributes of a tree; returns a checksum of the sizes of its files, which no order changes. */
export function findSizes(path: string, limits: ProgramLimits): Promise<string> {
  return pipeline('find "$1" -type f -printf "%s\\n" | sort -n | cksum', path, limits);
}

/** Lets `tar` read a tree with its content; returns how long the archive is. */
export function tarBytes(path: string, limits: ProgramLimits): Promise<string> {
  return pipeline('tar -C "$1" -cf - . | wc -c', path, limits);
}

/** Lets `cp -a` copy a tree to a path that does not exist. */
export async function copyByProgram(from: string, to: string, limits: ProgramLimits): Promise<void> {
  await run('cp', ['-a', from, to], limits);
}

/** What a shell's pipeline prints, to which the path is its first argument. */
export async function pipeline(script: string, path: string, limits: ProgramLimits): Promise<string> {
  const { stdout } = await run('sh', ['-c', script, 'sh', path], limits);
  return stdout;
}
