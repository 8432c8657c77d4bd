import type { Attributes, FileSystem } from '../src/index.ts';

/** A root directory whose files are numbered from 2 on and hold their name. */
export function namesOnly(names: readonly string[], timeout?: number): FileSystem;
/** Attributes of a node that nobody changes. */
export function attributes(ino: number, mode: number, size?: number): Attributes;
