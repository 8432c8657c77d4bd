import { describe, expect, test, vi } from 'vitest';
import { Progress } from '../src/progress.ts';
import { tellProbe } from '../src/render-probe.ts';
import { Story, wantsColour } from '../src/story.ts';

/** A sink that remembers. */
function sink(): { write(text: string): void; text(): string } {
  const written: string[] = [];
  return { write: (text) => void written.push(text), text: () => written.join('') };
}

describe('Story', () => {
  test('numbers its chapters', () => {
    const out = sink();
    const story = new Story(out, { colour: false, width: 40 });
    story.chapter('One');
    story.chapter('Two');
    expect(out.text()).toBe('\n1  One\n──────\n\n2  Two\n──────\n');
  });

  test('wraps a fact beside its name', () => {
    const out = sink();
    new Story(out, { colour: false, width: 30 }).fact('kernel', 'a sentence that is too long');
    expect(out.text()).toBe('  kernel        a sentence\n                that is too\n                long\n');
  });

  test('writes no line that is wider than told', () => {
    const out = sink();
    const story = new Story(out, { colour: false, width: 30 });
    story.say('Each driver looks at the host and at the directory it is to work in.');
    story.fact('filesystem', 'The directory lies on ext4, which can carry an overlay.');
    expect(
      Math.max(
        ...out
          .text()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(30);
  });

  test('keeps the lines of a block', () => {
    const out = sink();
    new Story(out, { colour: false, width: 4 }).block('a  b  c\n\nd\n');
    expect(out.text()).toBe('  a  b  c\n\n  d\n');
  });

  test('colours only where colours are wanted', () => {
    expect(new Story(sink(), { colour: true, width: 9 }).tint('x', 'bad')).toContain('\u001b[31m');
    expect(new Story(sink(), { colour: false, width: 9 }).tint('x', 'bad')).toBe('x');
  });

  test('asks for room before each piece of output', () => {
    const before = vi.fn();
    const story = new Story(sink(), { colour: false, width: 9, before });
    story.say('x');
    story.gap();
    expect(before).toHaveBeenCalledTimes(2);
  });
});

describe('wantsColour', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('terminal %s with %j: %s', (terminal, environment, wanted) => {
    expect(wantsColour(terminal, environment)).toBe(wanted);
  });
});

describe('Progress', () => {
  test('draws one line again and again on a terminal, and takes it away', () => {
    const out = sink();
    let now = 0;
    const progress = new Progress(out, { terminal: true, width: 40, now: () => now });
    progress.show({ task: 'unpacking', fraction: 0.5, remaining: 12_000 });
    progress.show({ task: 'too soon' });
    now = 1_000;
    progress.show({ task: 'packing' });
    progress.clear();
    progress.clear();
    expect(out.text()).toBe('\r\u001b[2K… unpacking 50 %, about 12 s left\r\u001b[2K… packing\r\u001b[2K');
  });

  test('never draws a line that would wrap', () => {
    const out = sink();
    new Progress(out, { terminal: true, width: 10 }).show({ task: 'a very long task' });
    expect(out.text().replace('\r\u001b[2K', '')).toHaveLength(9);
  });

  test('writes a line per task, and one now and then, where there is no terminal', () => {
    const out = sink();
    let now = 0;
    const progress = new Progress(out, { terminal: false, width: 80, now: () => now });
    for (const task of ['a', 'b']) for (const detail of ['1', '2']) progress.show({ task, detail });
    now = 20_000;
    progress.show({ task: 'b', detail: '3', fraction: 0.5 });
    progress.clear();
    expect(out.text()).toBe('… a: 1\n… b: 1\n… b 50 %: 3\n');
  });
});

describe('tellProbe', () => {
  test('tells what passed, what failed and what to do about it', () => {
    const out = sink();
    tellProbe(
      new Story(out, { colour: false, width: 80 }),
      {
        driver: 'overlay2',
        usable: false,
        filesystem: 'xfs',
        priorState: false,
        capabilities: null,
        checks: [
          { check: 'privileges', passed: true, required: true, why: 'May mount.' },
          { check: 'd_type', passed: false, required: true, why: 'No d_type.', remedy: 'Make it with ftype=1.' },
          { check: 'metacopy', passed: false, required: false, why: 'Is off.' },
        ],
      },
      'Stacks directories.',
    );
    expect(out.text().split('\n')).toEqual([
      '',
      'overlay2: does not work here. Stacks directories.',
      '  ✓ privileges  May mount.',
      '  ✗ d_type      No d_type.',
      '                → Make it with ftype=1.',
      '  – metacopy    Is off. (not required)',
      '',
    ]);
  });
});
