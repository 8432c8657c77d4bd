import { readdirSync, readFileSync } from 'node:fs';
import type { CommandName, ZfsErrorCode } from '../src/index.ts';

/** What a real command said. */
export interface Recording {
  readonly title: string;
  readonly command: CommandName;
  readonly args: readonly string[];
  /** What its failure stands for. */
  readonly code?: ZfsErrorCode;
  readonly exitCode: number | null;
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
}

const directory = new URL('fixtures/', import.meta.url);

/** The recordings of every version, by the version's name. */
export const recordings: ReadonlyMap<string, readonly Recording[]> = new Map(
  readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name.replace('.json', ''), read(name)]),
);

/** One recording. */
export function recorded(version: string, title: string): Recording {
  const found = recordings.get(version)?.find((recording) => recording.title === title);
  if (found === undefined) throw new Error(`There is no recording '${title}' of ${version}.`);
  return found;
}

function read(name: string): readonly Recording[] {
  const { recordings: found } = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as {
    recordings: Recording[];
  }; // Written by record.mjs.
  return found;
}
