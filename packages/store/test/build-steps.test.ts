// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of a Dockerfile
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProgress } from '../src/build/build-progress.ts';
import { BuildLab } from './build-lab.ts';

describe('the configuration', () => {
  test('an image from nothing has a PATH, a working directory and this machine in it', async () => {
    using lab = new BuildLab();
    const { id, config, layers } = await lab.build('FROM scratch\nLABEL a=b');
    expect(config).toMatchObject({ WorkingDir: '/', Env: [expect.stringMatching(/^PATH=/)], Labels: { a: 'b' } });
    expect(layers).toBe(0);
    expect(lab.host.images.get(id as never)?.config).toMatchObject({ os: 'linux' });
  });

  test('everything that settings can say', async () => {
    using lab = new BuildLab();
    const { config, layers } = await lab.build(
      [
        'FROM scratch',
        'ENV a=1 b="two words"',
        'ENV a=2 c=$a d=${b:-x}',
        'LABEL "with blank"="$b" k=v',
        'LABEL k=w',
        'EXPOSE 80 53/UDP 8000-8002 $a',
        'VOLUME /data "/x"',
        'VOLUME ["/a b", "/c"]',
        'USER web:$a',
        'STOPSIGNAL SIGUSR1',
        'MAINTAINER Somebody $a',
        'SHELL ["/bin/bash", "-c"]',
        'CMD echo $a',
        'ENTRYPOINT ["/app", "$a"]',
      ].join('\n'),
    );
    expect(layers).toBe(0);
    expect(config.Env?.slice(1)).toEqual(['a=2', 'b=two words', 'c=1', 'd=two words']);
    expect(config.Labels).toEqual({ 'with blank': 'two words', k: 'w' });
    expect(Object.keys(config.ExposedPorts ?? {})).toEqual([
      '80/tcp',
      '53/udp',
      '8000/tcp',
      '8001/tcp',
      '8002/tcp',
      '2/tcp',
    ]);
    expect(Object.keys(config.Volumes ?? {})).toEqual(['/data', '/x', '/a b', '/c']);
    expect(config).toMatchObject({
      User: 'web:2',
      StopSignal: 'SIGUSR1',
      Cmd: ['/bin/bash', '-c', 'echo $a'],
      Entrypoint: ['/app', '$a'],
    });
  });

  test('an ENTRYPOINT takes away the CMD of the base, and not that of its own stage', async () => {
    using lab = new BuildLab();
    await lab.build('FROM scratch\nENTRYPOINT ["/e"]\nCMD ["c"]', { tags: ['base'] });
    const reset = await lab.build('FROM base\nENTRYPOINT ["/f"]');
    expect(reset.config.Entrypoint).toEqual(['/f']);
    expect(reset.config.Cmd).toBeUndefined();
    expect((await lab.build('FROM base\nCMD ["d"]\nENTRYPOINT ["/f"]')).config.Cmd).toEqual(['d']);
    expect((await lab.build('FROM base\nCMD ["d"]')).config).toMatchObject({ Entrypoint: ['/e'], Cmd: ['d'] });
    const staged = await lab.build('FROM base AS one\nCMD ["d"]\nFROM one\nENTRYPOINT ["/f"]');
    expect(staged.config.Cmd).toBeUndefined();
  });

  test.each([
    'EXPOSE 0x',
    'EXPOSE 70000',
    'EXPOSE 9-8',
    'EXPOSE 80/icmp',
    'EXPOSE ${none}',
    'STOPSIGNAL 0',
    'STOPSIGNAL a b',
    'USER $none',
    'WORKDIR $none',
    'ENV a=${',
    'VOLUME ["$none"]',
    'LABEL $none=x',
  ])('%s fails with INVALID_DOCKERFILE and the line', async (step) => {
    using lab = new BuildLab();
    expect(await lab.failure(`FROM scratch\n${step}`)).toMatchObject({
      code: 'INVALID_DOCKERFILE',
      details: { line: 2 },
    });
  });

  test('history tells every step as Docker does, and which made no layer', async () => {
    using lab = new BuildLab({ a: 'A' });
    lab.host.onRun = ({ rootfs }) => {
      writeFileSync(join(rootfs, 'made'), '');
      return 0;
    };
    const { history, layers } = await lab.build(
      [
        'FROM scratch',
        'ARG V=1 W',
        'ENV e=f',
        'COPY --chown=1:1 a /d/',
        'WORKDIR d',
        'RUN make it',
        'RUN ["x"]',
        'EXPOSE 80',
        'VOLUME /v',
        'USER u',
        'CMD ["a", "b c"]',
        'ENTRYPOINT run',
      ].join('\n'),
    );
    expect(history.map(({ created_by, empty_layer }) => [created_by, empty_layer ?? false])).toEqual([
      ['ARG V=1 W', true],
      ['ENV e=f', true],
      ['COPY --chown=1:1 a /d/', false],
      ['WORKDIR /d', true],
      ['RUN |1 V=1 /bin/sh -c make it', false],
      ['RUN |1 V=1 x', false],
      ['EXPOSE [80/tcp]', true],
      ['VOLUME [/v]', true],
      ['USER u', true],
      ['CMD ["a" "b c"]', true],
      ['ENTRYPOINT ["/bin/sh" "-c" "run"]', true],
    ]);
    expect(layers).toBe(3);
    for (const { created } of history) expect(created).toMatch(/^\d{4}-.*Z$/);
  });

  test('history goes on where the base ends, and a base without history gets a line for each layer', async () => {
    using lab = new BuildLab({ a: 'A' });
    const base = await lab.build('FROM scratch\nCOPY a /', { tags: ['base'] });
    const image = lab.host.image(base.id as never);
    const { history: _, ...config } = image.config;
    const { id } = await lab.host.saveImage(config, image.topLayer);
    await lab.host.tag(id, 'silent');
    expect((await lab.build('FROM base\nCMD x')).history).toHaveLength(2);
    expect((await lab.build('FROM silent\nCMD x')).history.map(({ empty_layer }) => empty_layer)).toEqual([
      undefined,
      true,
    ]);
  });

  test('a base with ONBUILD instructions fails with UNSUPPORTED_INSTRUCTION', async () => {
    using lab = new BuildLab();
    const { id } = await lab.build('FROM scratch\nLABEL a=b');
    const { config } = lab.host.image(id as never);
    const saved = await lab.host.saveImage({ ...config, config: { ...config.config, OnBuild: ['RUN x'] } }, null);
    await lab.host.tag(saved.id, 'trigger');
    expect(await lab.failure('FROM trigger')).toMatchObject({ code: 'UNSUPPORTED_INSTRUCTION', details: { line: 1 } });
  });

  test('SOURCE_DATE_EPOCH is the time of everything', async () => {
    using lab = new BuildLab({ a: 'A' });
    const { history, id } = await lab.build('FROM scratch\nCOPY a /', { buildArgs: { SOURCE_DATE_EPOCH: '86400' } });
    expect(history[0]?.created).toBe('1970-01-02T00:00:00.000Z');
    expect(lab.host.image(id as never).config.created).toBe('1970-01-02T00:00:00.000Z');
  });
});

describe('WORKDIR', () => {
  test('starts from the last one, is made for the user, and stays inside the root', async () => {
    using lab = new BuildLab({ 'etc/passwd': 'web:x:33:44::/:\n' });
    const { view, config } = await lab.build(
      'FROM scratch\nCOPY etc /etc\nUSER web\nWORKDIR /a/b\nWORKDIR c\nWORKDIR ../../../../x/./y/',
    );
    expect(config.WorkingDir).toBe('/x/y');
    expect(statSync(join(view, 'a/b/c')).uid).toBe(33);
    expect(statSync(join(view, 'x')).gid).toBe(44);
    expect(statSync(join(view, 'x/y')).mode & 0o7777).toBe(0o755);
  });

  test('of a directory that is there makes no layer', async () => {
    using lab = new BuildLab();
    expect((await lab.build('FROM scratch\nWORKDIR /\nWORKDIR /a\nWORKDIR /a')).layers).toBe(1);
  });

  test('of a file fails with BUILD_FAILED', async () => {
    using lab = new BuildLab({ a: 'A' });
    expect(await lab.failure('FROM scratch\nCOPY a /\nWORKDIR /a/b')).toMatchObject({ code: 'BUILD_FAILED' });
  });
});

describe('RUN', () => {
  test('gets the shell, the environment with ARGs, the user and the directory', async () => {
    using lab = new BuildLab();
    await lab.build(
      [
        'ARG GLOBAL=g',
        'FROM scratch',
        'ARG GLOBAL',
        'ARG a=1',
        'ARG shadowed=arg',
        'ENV shadowed=env',
        'ARG unset',
        'WORKDIR /w',
        'USER 5',
        'RUN echo $a',
        'SHELL ["/bin/bash", "-ec"]',
        'RUN echo "$a" \\',
        '  && ls',
        'RUN ["/prog", "$a"]',
      ].join('\n'),
      { buildArgs: { HTTP_PROXY: 'p', a: '2' } },
    );
    expect(lab.host.runs.map(({ args }) => args)).toEqual([
      ['/bin/sh', '-c', 'echo $a'],
      ['/bin/bash', '-ec', 'echo "$a"   && ls'],
      ['/prog', '$a'],
    ]);
    const [first] = lab.host.runs;
    expect(first).toMatchObject({ cwd: '/w', user: '5', network: 'none' });
    expect(first?.env.slice(1)).toEqual(['shadowed=env', 'GLOBAL=g', 'a=2', 'HTTP_PROXY=p']);
  });

  test('the network is there only when it is asked for', async () => {
    using lab = new BuildLab();
    await lab.build('FROM scratch\nRUN x', { network: 'host' });
    expect(lab.host.runs).toMatchObject([{ network: 'host' }]);
  });

  test('a heredoc alone is the script, with others it is handed to the shell, and with #! it is a program', async () => {
    using lab = new BuildLab();
    let program = '';
    lab.host.onRun = ({ rootfs, args }) => {
      const [path = ''] = args;
      if (path.startsWith('/.heredoc')) {
        program = `${statSync(join(rootfs, path)).mode & 0o777}`;
        writeFileSync(join(rootfs, 'made'), '');
      }
      return 0;
    };
    const { view } = await lab.build(
      'FROM scratch\nRUN <<-EOF\n\techo $x\n\tEOF\nRUN cat <<A <<-B\n1\nA\n\t2\nB\nRUN <<EOF\n#!/bin/x\ncode\nEOF\n',
    );
    expect(lab.host.runs[0]?.args).toEqual(['/bin/sh', '-c', 'echo $x\n']);
    expect(lab.host.runs[1]?.args).toEqual(['/bin/sh', '-c', 'cat <<A <<-B\n1\nA\n\t2\nB']);
    expect(program).toBe(`${0o755}`);
    expect(readdirSync(view)).toEqual(['made']);
  });

  test('an exit code other than 0 fails with BUILD_FAILED, the code and the line, and nothing is kept', async () => {
    using lab = new BuildLab();
    lab.host.onRun = ({ rootfs }) => {
      mkdirSync(join(rootfs, 'half'));
      return 3;
    };
    expect(await lab.failure('FROM scratch\nENV a=b\nRUN \\\n  false', { tags: ['x'] })).toMatchObject({
      code: 'BUILD_FAILED',
      details: { line: 3, exitCode: 3 },
    });
    expect([lab.host.cache.size, lab.host.images.size, lab.host.names.size]).toEqual([0, 0, 0]);
  });

  test('lines of the output are told, also a last one without an end and characters in two pieces', async () => {
    using lab = new BuildLab();
    lab.host.run = async (_spec, output) => {
      output('stdout', Buffer.from('one\ntw'));
      output('stderr', Buffer.from('err\r\n'));
      output('stdout', Buffer.from([0x6f, 0x0a, 0xc3]));
      output('stdout', Buffer.from([0xa4]));
      return { exitCode: 0 };
    };
    const { progress } = await lab.build('FROM scratch\nRUN x');
    const lines = progress.flatMap((event) => (event.kind === 'output' ? [[event.stream, event.line]] : []));
    expect(lines).toEqual([
      ['stdout', 'one'],
      ['stderr', 'err'],
      ['stdout', 'two'],
      ['stdout', 'ä'],
    ]);
  });
});

describe('progress', () => {
  test('reads as that of Docker', async () => {
    using lab = new BuildLab({ a: 'A' });
    const file = 'FROM scratch\nCOPY a /\nCMD x';
    await lab.build(file);
    const { progress, id } = await lab.build(file, { tags: ['acme/x'], buildArgs: { unused: '1' } });
    const short = id.slice(7, 19);
    expect(progress.map(formatProgress)).toEqual([
      '[Warning] No ARG takes the build arguments unused.',
      'Step 1/3 : FROM scratch',
      'Step 2/3 : COPY a /',
      ' ---> Using cache',
      expect.stringMatching(/^ ---> [0-9a-f]{12}$/),
      'Step 3/3 : CMD x',
      null,
      `Successfully built ${short}\nSuccessfully tagged acme/x:latest`,
    ]);
  });
});

describe('stages', () => {
  test('a stage that the target does not need is not run', async () => {
    using lab = new BuildLab({ a: 'A' });
    await lab.build('FROM scratch AS one\nRUN x\nFROM scratch AS two\nCOPY a /', { target: 'two' });
    expect(lab.host.runs).toEqual([]);
  });

  test('a stage starts from another with its files and settings, and files come from images too', async () => {
    using lab = new BuildLab({ a: 'A', b: 'B' });
    await lab.build('FROM scratch\nCOPY b /', { tags: ['other:1'] });
    const { view, config } = await lab.build(
      'FROM scratch AS one\nCOPY a /\nENV x=y\nFROM one\nCOPY --from=other:1 b /c\nENV z=$x',
    );
    expect(readdirSync(view).sort()).toEqual(['a', 'c']);
    expect(config.Env?.at(-1)).toBe('z=y');
  });

  test('ARGs end with their stage', async () => {
    using lab = new BuildLab();
    const { config } = await lab.build('FROM scratch AS one\nARG a=1\nENV x=$a\nFROM one\nENV y=${a:-none}');
    expect(config.Env?.slice(1)).toEqual(['x=1', 'y=none']);
  });

  test('a base that there is not fails with IMAGE_NOT_FOUND', async () => {
    using lab = new BuildLab();
    expect(await lab.failure('FROM nothing')).toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});

describe('an abort', () => {
  test('ends a build with ABORTED between two steps', async () => {
    using lab = new BuildLab();
    const controller = new AbortController();
    lab.host.onRun = () => {
      controller.abort();
      return 0;
    };
    expect(await lab.failure('FROM scratch\nRUN x\nRUN y', { signal: controller.signal, tags: ['t'] })).toMatchObject({
      code: 'ABORTED',
    });
    expect(lab.host.runs).toHaveLength(1);
    expect(lab.host.names.size).toBe(0);
  });
});
