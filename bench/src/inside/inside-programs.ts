import type { InsideWork } from '../bench-case.ts';
import { checkoutInside } from './checkout-work.ts';
import { compileInside } from './compile-work.ts';
import type { InsideProgram } from './inside-program.ts';
import { installInside } from './install-work.ts';
import { sqliteInside } from './sqlite-work.ts';
import { chownInside, copyInside, findInside, removeInside, tarInside } from './tree-works.ts';

/** The program of each work. */
export const INSIDE_PROGRAMS: Readonly<Record<InsideWork, InsideProgram>> = {
  find: findInside,
  tar: tarInside,
  cp: copyInside,
  rm: removeInside,
  chown: chownInside,
  install: installInside,
  compile: compileInside,
  checkout: checkoutInside,
  sqlite: sqliteInside,
};
