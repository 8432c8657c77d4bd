import { existsSync } from 'node:fs';
import { run } from '@graphdriver/host';
import { TREE } from '../tree-image.ts';
import { copyByProgram, findSizes, pipeline, tarBytes } from '../tree-programs.ts';
import { fillTree } from './fill-tree.ts';
import type { InsideProgram } from './inside-program.ts';

const FIND = ['sh', 'find', 'sort', 'cksum'] as const;
const OWNER = '1000';

/** Reading the names and attributes of a tree. */
export const findInside: InsideProgram = {
  commands: FIND,
  fill: fillTree,
  work: (root, ground) => findSizes(`${root}/${TREE}`, ground),
  outcome: async () => '',
};

/** Reading a tree with its content. */
export const tarInside: InsideProgram = {
  commands: ['tar', 'wc', ...FIND],
  fill: fillTree,
  work: (root, ground) => tarBytes(`${root}/${TREE}`, ground),
  // Archives are filled up to whole records, and a small file more or less need not show.
  outcome: (root, ground) => findSizes(`${root}/${TREE}`, ground),
};

/** Reading a tree and writing another one. */
export const copyInside: InsideProgram = {
  commands: ['cp', ...FIND],
  fill: fillTree,
  async work(root, ground) {
    await copyByProgram(`${root}/${TREE}`, `${root}/copy`, ground);
    return '';
  },
  outcome: (root, ground) => findSizes(`${root}/copy`, ground),
};

/** Removing a tree, of which a union keeps in mind that it is gone. */
export const removeInside: InsideProgram = {
  commands: ['rm'],
  fill: fillTree,
  async work(root, ground) {
    await run('rm', ['-rf', `${root}/${TREE}`], ground);
    return '';
  },
  outcome: async (root) => (existsSync(`${root}/${TREE}`) ? 'something is left' : 'nothing is left'),
};

/** Changing an attribute of every file, which lets some drivers copy all of them up. */
export const chownInside: InsideProgram = {
  commands: ['chown', ...FIND],
  fill: fillTree,
  async work(root, ground) {
    await run('chown', ['-R', `${OWNER}:${OWNER}`, `${root}/${TREE}`], ground);
    return '';
  },
  outcome: (root, ground) =>
    pipeline(`find "$1" -uid ${OWNER} -gid ${OWNER} -printf "%y\\n" | sort | cksum`, `${root}/${TREE}`, ground),
};
