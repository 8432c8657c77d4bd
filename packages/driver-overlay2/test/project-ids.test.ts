import { expect, test } from 'vitest';
import { claimProject, FIRST_PROJECT, type ProjectCalls } from '../src/project-ids.ts';

/** A kernel that counts directories per project; `meet` is told each number as it is taken, and may take it, too. */
function kernel(inUse: readonly number[], meet?: (project: number) => string | undefined) {
  const projects = new Map(inUse.map((project): [string, number] => [`old-${project}`, project]));
  const calls: ProjectCalls = {
    assign(directory, project) {
      projects.set(directory, project);
      const other = project === 0 ? undefined : meet?.(project);
      if (other !== undefined) projects.set(other, project);
    },
    read: (_, project) => ({ inodes: [...projects.values()].filter((found) => found === project).length }),
  };
  return { calls, of: (directory: string) => projects.get(directory) };
}

test('the lowest number is given that no file belongs to', () => {
  const { calls, of } = kernel([0, 1, 3].map((index) => FIRST_PROJECT + index));
  expect(claimProject('layer', calls, FIRST_PROJECT)).toBe(FIRST_PROJECT + 2);
  expect(of('layer')).toBe(FIRST_PROJECT + 2);
});

test('whoever meets another on a number goes on to one of its own', () => {
  const { calls, of } = kernel([], (project) => (project === FIRST_PROJECT ? 'other' : undefined));
  const project = claimProject('layer', calls, FIRST_PROJECT);
  expect(project).toBeGreaterThan(FIRST_PROJECT);
  expect([of('layer'), of('other')]).toEqual([project, FIRST_PROJECT]);
});

test('after the last number the search begins anew', () => {
  const last = 0x7fff_fffe;
  const { calls } = kernel([last, FIRST_PROJECT]);
  expect(claimProject('layer', calls, last)).toBe(FIRST_PROJECT + 1);
});
