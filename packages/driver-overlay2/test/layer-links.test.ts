import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFaultHandler } from '@graphdriver/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LayerLinks } from '../src/layer-links.ts';
import { Overlay2Layout } from '../src/layout.ts';

let layout: Overlay2Layout;
let links: LayerLinks;

beforeEach(() => {
  layout = new Overlay2Layout(mkdtempSync(join(tmpdir(), 'overlay2-links-')));
  links = new LayerLinks(layout);
});

afterEach(() => rmSync(layout.root, { recursive: true }));

/** A layer's directories, as `make` makes them. */
function make(id: string, parents: readonly string[] = []): void {
  mkdirSync(layout.diff(id), { recursive: true });
  links.adopt({ id, parents });
}

/** A chain, top to bottom, all of it committed. */
function committed(...chain: readonly string[]): void {
  for (const [index, id] of [...chain.entries()].reverse()) {
    make(id, chain.slice(index + 1));
    links.give({ id, parents: chain.slice(index + 1) });
  }
}

function nameOf(id: string): string {
  return readFileSync(layout.link(id), 'utf8');
}

function lineOf(...chain: readonly string[]): string {
  return chain.map((id) => `l/${nameOf(id)}`).join(':');
}

/** Fails unless everything of a chain, top to bottom and committed, is as it is when nothing was ever lost. */
function expectWhole(...chain: readonly string[]): void {
  for (const [index, id] of chain.entries()) {
    expect(readlinkSync(layout.named(nameOf(id)))).toBe(`../${id === 'l' ? '_l' : id}/diff`);
    expect(readFileSync(layout.committed(id), 'utf8')).toBe(lineOf(...chain.slice(index)));
    const below = chain[index + 1];
    if (below === undefined) expect(existsSync(layout.lower(id))).toBe(false);
    else expect(statSync(layout.lower(id)).ino).toBe(statSync(layout.committed(below)).ino);
  }
  expect(readdirSync(layout.names).sort()).toEqual(chain.map(nameOf).sort());
}

/** Looks over a chain as healing does. */
async function lookOver(...chain: readonly string[]): Promise<void> {
  for (const [index, id] of [...chain.entries()].reverse())
    links.repair({ id, parents: chain.slice(index + 1), kind: 'committed' });
  await links.sweep();
}

test('a committed chain has Docker’s files, and a child’s lower is its parent’s committed', () => {
  committed('c', 'b', 'a');
  expectWhole('c', 'b', 'a');
  make('child', ['c', 'b', 'a']);
  expect(readdirSync(layout.layer('child')).sort()).toEqual(['diff', 'lower']);
  expect(readFileSync(layout.lower('child'), 'utf8')).toBe(lineOf('c', 'b', 'a'));
  expect(statSync(layout.lower('child')).ino).toBe(statSync(layout.committed('c')).ino);
});

test('the layer l is a layer like others', () => {
  committed('b', 'l', 'a');
  expectWhole('b', 'l', 'a');
  links.forget('l');
  expect(readdirSync(layout.names).sort()).toEqual([nameOf('a'), nameOf('b')].sort());
});

test('names are made again until one is free, and grow', () => {
  const given = ['AAAA', 'AAAA', 'BBBB', 'AAAA', 'BBBB', 'CCCC'];
  links = new LayerLinks(layout, () => given.shift() ?? 'NONE');
  committed('c', 'b', 'a');
  expect(['a', 'b', 'c'].map(nameOf)).toEqual(['AAAA', 'BBBB', 'CCCC']);
  expectWhole('c', 'b', 'a');
});

test('a layer that gets no free name at all fails, and takes no name from another', () => {
  links = new LayerLinks(layout, () => 'AAAA');
  committed('a');
  make('b', ['a']);
  expect(() => links.give({ id: 'b', parents: ['a'] })).toThrow(expect.objectContaining({ code: 'CORRUPT_ROOT' }));
  links.takeBack('b');
  expectWhole('a');
  expect(readdirSync(layout.layer('b')).sort()).toEqual(['diff', 'lower']);
});

test('what a commit that failed had made is taken back', () => {
  committed('a');
  make('b', ['a']);
  links.give({ id: 'b', parents: ['a'] });
  writeFileSync(`${layout.committed('b')}.12345678.aside`, '');
  links.takeBack('b');
  expect(readdirSync(layout.layer('b')).sort()).toEqual(['diff', 'lower']);
  expectWhole('a');
  links.takeBack('b');
  links.give({ id: 'b', parents: ['a'] });
  expectWhole('b', 'a');
});

describe('a removed layer', () => {
  test('leaves no name behind', () => {
    committed('a');
    links.forget('a');
    expect(readdirSync(layout.names)).toEqual([]);
  });

  test.each(['link', 'committed'] as const)('leaves no name behind when its %s is lost', (file) => {
    committed('a');
    unlinkSync(layout[file]('a'));
    links.forget('a');
    expect(readdirSync(layout.names)).toEqual([]);
  });

  test('takes no other layer’s name', () => {
    committed('b', 'a');
    make('c');
    writeFileSync(layout.link('c'), nameOf('a'));
    links.forget('c');
    rmSync(layout.layer('c'), { recursive: true });
    expectWhole('b', 'a');
  });
});

/** Ways in which a chain `c`, `b`, `a` loses something of `b`. */
const LOSSES: Readonly<Record<string, () => void>> = {
  'its name in l': () => unlinkSync(layout.named(nameOf('b'))),
  'all names': () => rmSync(layout.names, { recursive: true }),
  'its link': () => unlinkSync(layout.link('b')),
  'its link’s content': () => writeFileSync(layout.link('b'), ''),
  'its link’s content, zeroes being there': () => writeFileSync(layout.link('b'), Buffer.alloc(4)),
  'its committed': () => unlinkSync(layout.committed('b')),
  // Written into, not replaced: the child's lower is the same file.
  'its committed’s content': () => writeFileSync(layout.committed('b'), ''),
  'half of its committed': () =>
    writeFileSync(layout.committed('b'), readFileSync(layout.committed('b')).subarray(0, 9)),
  'its lower': () => unlinkSync(layout.lower('b')),
  'its child’s lower': () => unlinkSync(layout.lower('c')),
  'the content of its child’s lower': () => {
    unlinkSync(layout.lower('c'));
    writeFileSync(layout.lower('c'), '');
  },
  'link and committed': () => {
    unlinkSync(layout.link('b'));
    unlinkSync(layout.committed('b'));
  },
  'everything but its files': () => {
    rmSync(layout.names, { recursive: true });
    for (const id of ['a', 'b', 'c'])
      for (const path of [layout.link(id), layout.committed(id), layout.lower(id)]) rmSync(path, { force: true });
  },
  'its name to another layer': () => {
    unlinkSync(layout.named(nameOf('b')));
    symlinkSync('../a/diff', layout.named(nameOf('b')));
  },
  'its name to something outside': () => {
    unlinkSync(layout.named(nameOf('b')));
    symlinkSync('/etc', layout.named(nameOf('b')));
  },
  'its name to a directory': () => {
    unlinkSync(layout.named(nameOf('b')));
    mkdirSync(layout.named(nameOf('b')));
  },
  'its own name, having another’s': () => writeFileSync(layout.link('b'), nameOf('a')),
};

describe.each(Object.keys(LOSSES))('a layer that has lost %s', (loss) => {
  beforeEach(() => {
    committed('c', 'b', 'a');
    LOSSES[loss]?.();
  });

  test('has it again when it is looked over', async () => {
    await lookOver('c', 'b', 'a');
    const strange = readdirSync(layout.names, { withFileTypes: true }).find((entry) => entry.isDirectory());
    if (strange !== undefined) rmSync(layout.named(strange.name), { recursive: true });
    expectWhole('c', 'b', 'a');
    expect(links.complete).toBe(true);
  });

  test('has its short path when that is asked for', () => {
    expect(readlinkSync(links.pathOf('b'))).toBe('../b/diff');
    expect(links.pathOf('b')).toBe(layout.named(nameOf('b')));
    for (const id of ['a', 'c']) expect(readlinkSync(links.pathOf(id))).toBe(`../${id}/diff`);
  });

  test('can have children, and they can be committed', () => {
    make('child', ['c', 'b', 'a']);
    links.give({ id: 'child', parents: ['c', 'b', 'a'] });
    expect(readFileSync(layout.committed('child'), 'utf8').split(':')).toHaveLength(4);
    expect(readlinkSync(links.pathOf('child'))).toBe('../child/diff');
  });
});

test('a whole chain is not written to when it is looked over', async () => {
  committed('c', 'b', 'a');
  await links.sweep();
  const before = seen();
  await lookOver('c', 'b', 'a');
  expect(seen()).toEqual(before);
});

function seen(): readonly unknown[] {
  const names = readdirSync(layout.root, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const { ino, ctimeMs, mode } = statSync(join(layout.root, name));
    return [name, ino, ctimeMs, mode];
  });
}

test('names of layers that are gone are swept, and what is no link is left alone', async () => {
  committed('b', 'a');
  symlinkSync('../gone/diff', layout.named('GONE'));
  symlinkSync('../a/diff', layout.named('ALSO'));
  writeFileSync(layout.named('note'), 'by hand');
  await links.sweep();
  unlinkSync(layout.named('note'));
  expectWhole('b', 'a');
});

test('a directory of names that was made while layers had lost theirs is not complete until it was swept', async () => {
  expect(links.complete).toBe(false);
  committed('b', 'a');
  expect(links.complete).toBe(false);
  await links.sweep();
  expect(links.complete).toBe(true);
  rmSync(layout.names, { recursive: true });
  links.pathOf('a');
  expect(links.complete).toBe(false);
  await lookOver('b', 'a');
  expect(links.complete).toBe(true);
  chmodSync(layout.names, 0o755);
  expect(links.complete).toBe(false);
});

describe('two processes that give a layer its name at the same time', () => {
  afterEach(() => setFaultHandler(undefined));

  beforeEach(() => {
    committed('b', 'a');
    for (const path of [layout.named(nameOf('a')), layout.link('a'), layout.committed('a')]) unlinkSync(path);
  });

  test.each(['open', 'write', 'rename', 'symlink'])(
    'settle on one, also where one comes by before the other’s %s',
    async (moment) => {
      const [one, other] = ['AAAA', 'BBBB'].map((name) => new LayerLinks(layout, () => name));
      let came = false;
      setFaultHandler((call) => {
        if (call !== moment || came) return;
        came = true;
        other?.pathOf('a');
      });
      expect(one?.pathOf('a')).toBe(layout.named(nameOf('a')));
      expect(came).toBe(true);
      expect(other?.pathOf('a')).toBe(layout.named(nameOf('a')));
      await lookOver('b', 'a');
      expectWhole('b', 'a');
    },
  );
});

test('what is left of an interrupted change beside a layer goes when it is looked over', async () => {
  committed('b', 'a');
  for (const name of ['link.12345678.aside', 'committed.12345678.aside', 'lower.aside'])
    writeFileSync(join(layout.layer('b'), name), 'x');
  await lookOver('b', 'a');
  expect(readdirSync(layout.layer('b')).sort()).toEqual(['committed', 'diff', 'link', 'lower']);
});
