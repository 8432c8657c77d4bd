import { run } from '@graphdriver/host';
import { makeParents } from '../bench-image.ts';
import { type Random, seededRandom } from '../seeded-random.ts';
import { inLayers } from '../tree-image.ts';
import { findSizes } from '../tree-programs.ts';
import { parentsBelow } from './fill-tree.ts';
import type { InsideGround, InsideProgram } from './inside-program.ts';
import { writeText } from './write-text.ts';

const PROJECT = 'project';
const SOURCES_PER_DIRECTORY = 10;
const FUNCTIONS = 20;
const JOBS = 2;

/**
 * Compiling a project in C with `make -j2`: as many sources as headers, all of which every source includes, and one object of them all.
 * The seed decides what the functions compute. Nothing of the machine's own headers or libraries is in it.
 */
export const compileInside: InsideProgram = {
  commands: ['cc', 'make', 'sh', 'find', 'sort', 'cksum'],
  async fill(root, layer, ground) {
    const layers = inLayers(projectFiles(ground));
    const known = new Set(parentsBelow(layers, layer));
    for (const { path, text } of layers[layer] ?? []) {
      makeParents(root, path, known);
      writeText(`${root}/${path}`, text);
    }
  },
  async work(root, ground) {
    // Flags of whoever runs the benchmark would make it another one.
    const env = { MAKEFLAGS: '', CFLAGS: '', CPPFLAGS: '', LDFLAGS: '' };
    await run('make', ['-s', '-C', `${root}/${PROJECT}`, `-j${JOBS}`], { ...ground, env });
    return '';
  },
  outcome: (root, ground) => findSizes(`${root}/${PROJECT}`, ground),
};

interface TextFile {
  readonly path: string;
  readonly text: string;
}

function projectFiles({ amount, seed }: InsideGround): TextFile[] {
  const random = seededRandom(seed);
  const units = Array.from({ length: amount }, (_, number) => number);
  const names = units.map((number) => `part-${Math.floor(number / SOURCES_PER_DIRECTORY)}/unit-${number}`);
  return [
    { path: 'Makefile', text: makefile(names) },
    { path: 'include/all.h', text: units.map((number) => `#include "unit-${number}.h"\n`).join('') },
    ...units.map((number) => ({ path: `include/unit-${number}.h`, text: header(number) })),
    ...units.map((number) => ({ path: `${names[number] ?? ''}.c`, text: source(number, amount, random) })),
  ].map(({ path, text }) => ({ path: `${PROJECT}/${path}`, text }));
}

function makefile(names: readonly string[]): string {
  const objects = names.map((name) => `${name}.o`).join(' ');
  return [
    `whole.o: ${objects}`,
    '\tcc -nostdlib -r -o $@ $^',
    '%.o: %.c',
    '\tcc -pipe -O1 -Iinclude -c -o $@ $<',
    '',
  ].join('\n');
}

function header(number: number): string {
  const lines = Array.from({ length: FUNCTIONS }, (_, one) => `int unit_${number}_function_${one}(int, int);`);
  return ['#pragma once', ...lines, ''].join('\n');
}

function source(number: number, units: number, random: Random): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  const functions = Array.from({ length: FUNCTIONS }, (_, one) => {
    const other = `unit_${below(units)}_function_${below(FUNCTIONS)}`;
    return `
int unit_${number}_function_${one}(int a, int b) {
  int sum = ${below(1000)};
  for (int i = 0; i < a; i++) {
    if ((i ^ b) % ${2 + below(50)} == 0) sum += i * ${below(1000)};
    else if (sum > ${below(100_000)}) sum ^= b << ${below(16)};
    else sum += a > ${below(100)} ? ${other}(a - 1, i) : b;
  }
  return sum;
}
`;
  });
  return ['#include "all.h"\n', ...functions].join('');
}
