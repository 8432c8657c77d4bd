import { describe, expect, test } from 'vitest';
import type { OverlayManner } from '../src/kernel-features.ts';
import { Overlay2Layout } from '../src/layout.ts';
import { describePlan, overlayRequest, planView } from '../src/mount-options.ts';

const layout = new Overlay2Layout('/var/lib/graphdriver/overlay2');
const usual = { present: true, redirects: false, userxattr: false };
const all: OverlayManner = { ...usual, index: true, redirectDir: 'nofollow', metacopy: true, volatile: true };
const none: OverlayManner = { ...usual, index: false, redirectDir: null, metacopy: false, volatile: false };
const view = { readOnly: false, volatile: false };

function diff(id: string): string {
  return `/var/lib/graphdriver/overlay2/${id}/diff`;
}

describe('the plan of a view', () => {
  test('a writable layer without a parent is a bind of its own directory', () => {
    const plan = planView(layout, { id: 'a', parents: [], kind: 'writable' }, view, all);
    expect(plan).toEqual({ kind: 'bind', source: diff('a'), readOnly: false });
  });

  test('a committed layer without a parent is a read-only bind, because overlay refuses a single lower', () => {
    const plan = planView(layout, { id: 'a', parents: [], kind: 'committed' }, view, all);
    expect(plan).toEqual({ kind: 'bind', source: diff('a'), readOnly: true });
  });

  test('a writable layer has its parents as lowers, the direct parent on top', () => {
    const plan = planView(layout, { id: 'c', parents: ['b', 'a'], kind: 'writable' }, view, all);
    expect(plan).toEqual({
      kind: 'overlay',
      readOnly: false,
      options: [
        ['lowerdir', diff('b')],
        ['lowerdir', diff('a')],
        ['upperdir', diff('c')],
        ['workdir', '/var/lib/graphdriver/overlay2/c/work'],
        ['index', 'off'],
        ['redirect_dir', 'nofollow'],
        ['metacopy', 'off'],
      ],
    });
  });

  test('a committed layer is a lower itself, and nothing is an upper', () => {
    const plan = planView(layout, { id: 'b', parents: ['a'], kind: 'committed' }, { ...view, volatile: true }, all);
    expect(plan.kind === 'overlay' && plan.options.filter(([key]) => key === 'lowerdir')).toEqual([
      ['lowerdir', diff('b')],
      ['lowerdir', diff('a')],
    ]);
    expect(plan.kind === 'overlay' && plan.options.map(([key]) => key)).not.toContain('upperdir');
    expect(plan.kind === 'overlay' && plan.options.map(([key]) => key)).not.toContain('volatile');
    expect(plan.readOnly).toBe(true);
  });

  test('a kernel is told nothing that it does not know', () => {
    const plan = planView(layout, { id: 'b', parents: ['a'], kind: 'writable' }, { ...view, volatile: true }, none);
    expect(plan.kind === 'overlay' && plan.options.map(([key]) => key)).toEqual(['lowerdir', 'upperdir', 'workdir']);
  });

  test('redirects are made where the root wants them, and nowhere else', () => {
    const plan = planView(layout, { id: 'b', parents: ['a'], kind: 'writable' }, view, { ...all, redirects: true });
    expect(plan.kind === 'overlay' && plan.options).toContainEqual(['redirect_dir', 'on']);
    expect(plan.kind === 'overlay' && plan.options).toContainEqual(['metacopy', 'off']);
  });

  test('in a user namespace marks are user attributes, and neither redirects nor metacopy are spoken of', () => {
    const plan = planView(layout, { id: 'b', parents: ['a'], kind: 'writable' }, view, { ...all, userxattr: true });
    const keys = plan.kind === 'overlay' && plan.options.map(([key]) => key);
    expect(keys).toEqual(['lowerdir', 'upperdir', 'workdir', 'index', 'userxattr']);
  });

  test('volatile is passed on where the kernel knows it', () => {
    const plan = planView(layout, { id: 'b', parents: ['a'], kind: 'writable' }, { ...view, volatile: true }, all);
    expect(plan.kind === 'overlay' && plan.options.at(-1)).toEqual(['volatile']);
  });

  test('a request of a committed view carries the read-only flag', () => {
    const plan = planView(layout, { id: 'b', parents: ['a'], kind: 'committed' }, view, all);
    expect(plan.kind === 'overlay' && overlayRequest(plan, '/target').flags).toEqual(['ro']);
  });
});

describe('the description of a plan', () => {
  test('a bind is one of mount(8)', () => {
    const plan = planView(layout, { id: 'a', parents: [], kind: 'committed' }, view, all);
    expect(describePlan(plan)).toEqual({ type: 'bind', source: diff('a'), options: ['bind', 'ro'] });
  });

  test('lowers stand in one option, parted by colons', () => {
    const plan = planView(layout, { id: 'c', parents: ['b', 'a'], kind: 'writable' }, view, all);
    expect(describePlan(plan).options).toEqual([
      `lowerdir=${diff('b')}:${diff('a')}`,
      `upperdir=${diff('c')}`,
      'workdir=/var/lib/graphdriver/overlay2/c/work',
      'index=off',
      'redirect_dir=nofollow',
      'metacopy=off',
    ]);
  });

  test('commas, colons and backslashes of a root are escaped', () => {
    const odd = new Overlay2Layout('/a,b:c\\d');
    const plan = planView(odd, { id: 'y', parents: ['x'], kind: 'writable' }, view, none);
    expect(describePlan(plan).options).toEqual([
      'lowerdir=/a\\,b\\:c\\\\d/x/diff',
      'upperdir=/a\\,b\\:c\\\\d/y/diff',
      'workdir=/a\\,b\\:c\\\\d/y/work',
    ]);
  });

  test('a chain whose options do not fit a page is refused, and one byte less is not', () => {
    const parents = Array.from({ length: 90 }, (_, index) => `layer-${index}`);
    const fixed = describePlan(planView(layout, { id: 'x', parents: ['a'], kind: 'writable' }, view, none));
    const bytes = (ids: readonly string[]): number =>
      fixed.options.join(',').length + ids.reduce((sum, id) => sum + diff(id).length + 1, 0) - diff('a').length - 1;
    const fitting = parents.slice(
      0,
      parents.findIndex((_, index) => bytes(parents.slice(0, index + 1)) > 4095),
    );
    expect(describePlan(planView(layout, { id: 'x', parents: fitting, kind: 'writable' }, view, none)).type).toBe(
      'overlay',
    );
    const padded = [...fitting.slice(0, -1), `${fitting.at(-1)}${'x'.repeat(4096 - bytes(fitting))}`];
    expect(() => describePlan(planView(layout, { id: 'x', parents: padded, kind: 'writable' }, view, none))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });
});
