import {
  type ChainCase,
  INSIDE_UNITS,
  type InsideCase,
  type ManyCase,
  type Operation,
  PACKAGE_SHARE,
} from './bench-case.ts';
import type { BenchResult } from './bench-result.ts';

const WORKS: Readonly<Record<InsideCase['work'], string>> = {
  find: 'find',
  tar: 'tar',
  cp: 'cp -a',
  rm: 'rm -rf',
  chown: 'chown -R',
  install: 'dpkg --install',
  compile: 'make -j2',
  checkout: 'git checkout',
  sqlite: 'SQLite',
};

/** The operations of many containers, and of one on a chain of layers, as far as their names are not their words. */
export const MANY_STEPS: Readonly<Partial<Record<Operation, string>>> = {
  start: 'start of each',
  start_all: 'start of all',
  put_all: 'put of all',
  remove_all: 'remove of all',
  sync: 'sync after put',
};

/** As in `cp -a, 2,000 files`. */
export function workText({ work, amount }: InsideCase): string {
  const count = work === 'install' ? Math.ceil(amount / PACKAGE_SHARE) : amount;
  return `${WORKS[work]}, ${count.toLocaleString('en-US')} ${INSIDE_UNITS[work]}`;
}

/** As in `1 container`, and `100 containers, 8 at once`. */
export function manyText({ containers, atOnce }: ManyCase): string {
  const count = `${containers.toLocaleString('en-US')} ${containers === 1 ? 'container' : 'containers'}`;
  return atOnce === 1 ? count : `${count}, ${atOnce} at once`;
}

/** As in `16 layers`. */
export function chainText({ layers }: Pick<ChainCase, 'layers'>): string {
  return `${layers} ${layers === 1 ? 'layer' : 'layers'}`;
}

/** The cases of programs in mounts, in the order of the result. */
export function insideCases(result: BenchResult): InsideCase[] {
  return Object.values(result.cases).filter((of): of is InsideCase => of.workload === 'inside');
}

/** The cases of many containers, likewise. */
export function manyContainerCases(result: BenchResult): ManyCase[] {
  return Object.values(result.cases).filter((of): of is ManyCase => of.workload === 'many');
}

/** The cases of chains of layers, likewise. */
export function chainCases(result: BenchResult): ChainCase[] {
  return Object.values(result.cases).filter((of): of is ChainCase => of.workload === 'chain');
}
