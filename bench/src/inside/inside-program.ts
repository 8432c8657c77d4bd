import { commandExists } from '@graphdriver/host';
import type { ProgramLimits } from '../tree-programs.ts';

/** What a case gives its program to work on. */
export interface InsideGround extends ProgramLimits {
  /** As in the case. */
  readonly amount: number;
  readonly seed: number;
  /** An empty directory that belongs to no layer and stays until the case ends. */
  readonly material: string;
}

/** A program's work in a tree, which is an image's or lies in a plain directory. */
export interface InsideProgram {
  /** The commands that it needs and that are looked for in PATH. */
  readonly commands: readonly string[];
  /** Makes in the ground's material what the program, or every tree, needs. */
  prepare?(ground: InsideGround): Promise<void>;
  /** Writes what belongs to one of the four layers, the bottom one being 0, to where what belongs to those below is seen. */
  fill(root: string, layer: number, ground: InsideGround): Promise<void>;
  /** What is timed. Returns what is the same whoever keeps the tree. */
  work(root: string, ground: InsideGround): Promise<string>;
  /** What there is afterwards, so that nobody is fast by doing less. */
  outcome(root: string, ground: InsideGround): Promise<string>;
}

/** Why a program cannot work here, as a sentence, or `null`. */
export function missingCommand({ commands }: InsideProgram): string | null {
  const missing = commands.find((name) => !commandExists(name));
  return missing === undefined ? null : `There is no command ${missing}.`;
}
