import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readXattr, writeXattr } from '@graphdriver/host';
import { describe, expect, test } from 'vitest';
import { BuildLab } from './build-lab.ts';

function read(view: string, path: string): string {
  return readFileSync(join(view, path), 'utf8');
}

describe('COPY', () => {
  test('a file goes to the path it is given, and below a path that ends with a slash', async () => {
    using lab = new BuildLab({ a: 'A' });
    const { view, layers } = await lab.build('FROM scratch\nCOPY a /x/y\nCOPY a /d/');
    expect(read(view, 'x/y')).toBe('A');
    expect(read(view, 'd/a')).toBe('A');
    expect(layers).toBe(2);
  });

  test('a file goes below a directory that the image has', async () => {
    using lab = new BuildLab({ a: 'A' });
    const { view } = await lab.build('FROM scratch\nWORKDIR /etc\nCOPY a /etc');
    expect(read(view, 'etc/a')).toBe('A');
  });

  test('of a directory the contents are copied, and merged into what is there', async () => {
    using lab = new BuildLab({ 'one/sub/a': '1', 'one/b': '1', 'two/sub/c': '2', 'two/b': '2' });
    const { view } = await lab.build('FROM scratch\nCOPY one two /d/');
    expect(readdirSync(join(view, 'd')).sort()).toEqual(['b', 'sub']);
    expect(readdirSync(join(view, 'd/sub')).sort()).toEqual(['a', 'c']);
    expect(read(view, 'd/b')).toBe('2');
  });

  test('modes, times, links and names of one file are kept, and owners are root', async () => {
    using lab = new BuildLab({ 'd/run': { text: '#!', mode: 0o4751 }, 'd/link': { link: 'run' } });
    linkSync(join(lab.context, 'd/run'), join(lab.context, 'd/same'));
    utimesSync(join(lab.context, 'd/run'), 1000, 1234567890.123);
    chmodSync(join(lab.context, 'd'), 0o1777);
    const { view } = await lab.build('FROM scratch\nCOPY . /');
    const stat = lstatSync(join(view, 'd/run'));
    expect(stat.mode & 0o7777).toBe(0o4751);
    expect([stat.uid, stat.gid]).toEqual([0, 0]);
    expect(Math.round(stat.mtimeMs)).toBe(1234567890123);
    expect(statSync(join(view, 'd/same')).ino).toBe(stat.ino);
    expect(readlinkSync(join(view, 'd/link'))).toBe('run');
    expect(statSync(join(view, 'd')).mode & 0o7777).toBe(0o1777);
  });

  test('--chown and --chmod hold for files and for the directories that are made', async () => {
    using lab = new BuildLab({ a: 'A', 'etc/passwd': 'web:x:33:44::/:\n', 'etc/group': 'staff:x:50:\n' });
    const { view } = await lab.build(
      [
        'FROM scratch',
        'COPY etc /etc',
        'COPY --chown=web a /name/f',
        'COPY --chown=web:staff --chmod=640 a /both/f',
        'COPY --chown=7 a /number/f',
        'COPY --chown=7:staff a /mixed/f',
      ].join('\n'),
    );
    const owner = (path: string): number[] => [statSync(join(view, path)).uid, statSync(join(view, path)).gid];
    expect(owner('name/f')).toEqual([33, 44]);
    expect(owner('name')).toEqual([33, 44]);
    expect(owner('both/f')).toEqual([33, 50]);
    expect(statSync(join(view, 'both/f')).mode & 0o7777).toBe(0o640);
    expect(owner('number/f')).toEqual([7, 7]);
    expect(owner('mixed/f')).toEqual([7, 50]);
  });

  test('an owner whom the image does not know fails with BUILD_FAILED and the line', async () => {
    using lab = new BuildLab({ a: 'A' });
    expect(await lab.failure('FROM scratch\n\nCOPY --chown=ghost a /\n')).toMatchObject({
      code: 'BUILD_FAILED',
      details: { owner: 'ghost', line: 3 },
    });
  });

  test('wildcards match as in filepath.Match, and never across a slash', async () => {
    using lab = new BuildLab({ 'a.txt': '', 'b.txt': '', 'c.md': '', 'd/e.txt': '', 'x[1].z': '' });
    const { view } = await lab.build(
      'FROM scratch\nCOPY *.txt /t/\nCOPY ?.md /m/\nCOPY */e.txt /e/\nCOPY x[[]1].z /z/',
    );
    expect(readdirSync(join(view, 't')).sort()).toEqual(['a.txt', 'b.txt']);
    expect(readdirSync(join(view, 'm'))).toEqual(['c.md']);
    expect(readdirSync(join(view, 'e'))).toEqual(['e.txt']);
    expect(readdirSync(join(view, 'z'))).toEqual(['x[1].z']);
  });

  test.each([
    ['COPY missing /', 'BUILD_FAILED'],
    ['COPY none* /', 'BUILD_FAILED'],
    ['COPY a b /file', 'INVALID_DOCKERFILE'],
    ['COPY [x /', 'INVALID_DOCKERFILE'],
    ['COPY a', 'INVALID_DOCKERFILE'],
    ['COPY --chmod=u+x a /', 'INVALID_DOCKERFILE'],
    ['COPY --link a /', 'UNSUPPORTED_INSTRUCTION'],
    ['COPY --from=later a /', 'IMAGE_NOT_FOUND'],
    ['COPY --from=0 a /', 'INVALID_DOCKERFILE'],
    ['COPY --nope=1 a /', 'INVALID_DOCKERFILE'],
    ['ADD https://example.com/x /', 'UNSUPPORTED_INSTRUCTION'],
    ['ADD git@example.com:a/b.git /', 'UNSUPPORTED_INSTRUCTION'],
  ])('%s fails with %s', async (step, code) => {
    using lab = new BuildLab({ a: 'A', b: 'B' });
    expect(await lab.failure(`FROM scratch\n${step}\n`)).toMatchObject({ code });
    expect(lab.host.images.size).toBe(0);
  });

  test('a directory of the image in the way of a file fails with BUILD_FAILED, and so does a file in the way of a directory', async () => {
    using lab = new BuildLab({ 'one/x': 'file', 'two/x/y': 'directory' });
    for (const [first, second] of [
      ['one', 'two'],
      ['two', 'one'],
    ])
      expect(await lab.failure(`FROM scratch\nCOPY ${first} /\nCOPY ${second} /`)).toMatchObject({
        code: 'BUILD_FAILED',
      });
  });

  test('what changes nothing makes no layer', async () => {
    using lab = new BuildLab({ a: 'A' });
    const { layers, history } = await lab.build('FROM scratch\nCOPY a /\nCOPY a /');
    expect(layers).toBe(1);
    expect(history.map(({ empty_layer }) => empty_layer ?? false)).toEqual([false, true]);
  });

  test('a heredoc is a file of its name, expanded unless its name is quoted', async () => {
    using lab = new BuildLab();
    const { view } = await lab.build(
      [
        'FROM scratch',
        'ENV who=world',
        'COPY <<one <<"two" /d/',
        'hello $who "quoted" \\$who',
        'one',
        'hello $who',
        'two',
        'COPY <<-E /file',
        '\ttabs go',
        '\tE',
      ].join('\n'),
    );
    expect(read(view, 'd/one')).toBe('hello world "quoted" $who\n');
    expect(read(view, 'd/two')).toBe('hello $who\n');
    expect(read(view, 'file')).toBe('tabs go\n');
    expect(statSync(join(view, 'file')).mode & 0o777).toBe(0o644);
  });

  test('attributes of users and capabilities are copied', async () => {
    using lab = new BuildLab({ a: 'A' });
    writeXattr(join(lab.context, 'a'), 'user.note', Buffer.from([0, 255]));
    const { view } = await lab.build('FROM scratch\nCOPY a /');
    expect(readXattr(join(view, 'a'), 'user.note')).toEqual(Buffer.from([0, 255]));
  });

  test('files of another stage keep their owners, and --chown takes them away', async () => {
    using lab = new BuildLab({ a: 'A' });
    const { view } = await lab.build(
      [
        'FROM scratch AS one',
        'COPY --chown=5:6 a /d/a',
        'FROM scratch',
        'COPY --from=one /d /kept/',
        'COPY --from=0 --chown=1:2 /d/a /changed',
      ].join('\n'),
    );
    const owner = (path: string): number[] => [statSync(join(view, path)).uid, statSync(join(view, path)).gid];
    expect(owner('kept/a')).toEqual([5, 6]);
    expect(owner('changed')).toEqual([1, 2]);
  });
});

describe('a hostile build context or image', () => {
  test('nothing outside the context is copied, neither by .. nor by a link', async () => {
    using lab = new BuildLab({
      'd/in': 'inside',
      up: { link: '../secret' },
      abs: { link: '/secret' },
      dir: { link: '..' },
    });
    writeFileSync(join(lab.root, 'secret'), 'outside');
    for (const source of ['../secret', '../../../../etc/hostname', 'up', 'abs', 'dir/secret', 'd/../../secret'])
      expect(await lab.failure(`FROM scratch\nCOPY ${source} /x`), source).toMatchObject({ code: 'BUILD_FAILED' });
    expect(await lab.failure('FROM scratch\nCOPY dir/secre? /x')).toMatchObject({ code: 'BUILD_FAILED' });
  });

  test('.. and absolute sources start at the context, and a link in it leads on in it', async () => {
    using lab = new BuildLab({ 'd/in': 'inside', link: { link: '/d' } });
    const { view } = await lab.build('FROM scratch\nCOPY ../../d/in /1\nCOPY /d/in /2\nCOPY link/in /3\nCOPY link /4/');
    for (const path of ['1', '2', '3', '4/in']) expect(read(view, path)).toBe('inside');
  });

  test('links inside a copied directory stay links and are not read', async () => {
    using lab = new BuildLab({ 'd/passwd': { link: '/etc/passwd' } });
    const { view } = await lab.build('FROM scratch\nCOPY d /');
    expect(readlinkSync(join(view, 'passwd'))).toBe('/etc/passwd');
  });

  test.each(['COPY a /out/x', 'COPY d /out/', 'WORKDIR /out/made', 'ADD t.tar /out/', 'COPY <<f /out/\nx\nf'])(
    '%s through a link of the image writes below the root of the layer',
    async (step) => {
      using lab = new BuildLab({ a: 'A', 'd/x': 'D', 't.tar': '' });
      const outside = join(lab.root, 'outside');
      mkdirSync(outside);
      for (const [index, link] of [outside, `../../../../../../../../../..${outside}`, `/..${outside}`].entries()) {
        lab.host.onRun = ({ rootfs }) => {
          symlinkSync(link, join(rootfs, 'out'));
          return 0;
        };
        const error = await lab.failure(`FROM scratch\nRUN ["link", "${index}"]\n${step}`);
        if (error !== undefined) expect(error).toMatchObject({ code: 'BUILD_FAILED' });
        expect(readdirSync(outside), link).toEqual([]);
      }
    },
  );

  test('a link of the image in place of a file is written through inside the root only', async () => {
    using lab = new BuildLab({ a: 'new' });
    const victim = join(lab.root, 'victim');
    writeFileSync(victim, 'old');
    lab.host.onRun = ({ rootfs }) => {
      symlinkSync(victim, join(rootfs, 'file'));
      mkdirSync(join(rootfs, 'real'));
      writeFileSync(join(rootfs, 'real/file'), 'old');
      symlinkSync('/real/file', join(rootfs, 'inner'));
      return 0;
    };
    const { view } = await lab.build('FROM scratch\nRUN ["x"]\nCOPY a /file\nCOPY a /inner');
    expect(readFileSync(victim, 'utf8')).toBe('old');
    expect(read(view, 'file')).toBe('new');
    expect(read(view, 'real/file')).toBe('new');
  });

  test('a link in the image where a directory is to be merged is not followed', async () => {
    using lab = new BuildLab({ 'd/sub/x': 'D' });
    lab.host.onRun = ({ rootfs }) => {
      mkdirSync(join(rootfs, 'other'));
      symlinkSync('/other', join(rootfs, 'sub'));
      return 0;
    };
    expect(await lab.failure('FROM scratch\nRUN ["x"]\nCOPY d /')).toMatchObject({ code: 'BUILD_FAILED' });
  });

  test('a Dockerfile that is a link out of the context is not read', async () => {
    using lab = new BuildLab({ Dockerfile: { link: '/etc/passwd' } });
    const error = await lab.failure('', { dockerfileText: undefined as never });
    expect(error).toMatchObject({ code: 'INVALID_DOCKERFILE' });
    expect(String(error)).not.toContain('root:');
  });

  test('a source that changes while it is copied fails with BUILD_FAILED, and the cache does not remember it', async () => {
    using lab = new BuildLab({ a: 'A' });
    const changeLayer = lab.host.changeLayer.bind(lab.host);
    lab.host.changeLayer = (parent, change) => {
      writeFileSync(join(lab.context, 'a'), 'B');
      return changeLayer(parent, change);
    };
    expect(await lab.failure('FROM scratch\nCOPY a /')).toMatchObject({ code: 'BUILD_FAILED' });
    expect(lab.host.cache.size).toBe(0);
  });
});
