// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of a Dockerfile
import { DockerfileParser } from 'dockerfile-ast';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instruction } from '../src/build/dockerfile/instruction.ts';
import { readLogicalLines } from '../src/build/dockerfile/logical-lines.ts';
import { parseDockerfile } from '../src/build/dockerfile/parse-dockerfile.ts';
import { planBuild } from '../src/build/plan-stages.ts';
import { isStoreError } from '../src/store-error.ts';

function texts(dockerfile: string): string[] {
  return readLogicalLines(dockerfile).lines.map(({ text }) => text);
}

/** The instructions after a FROM. */
function steps(...lines: string[]): readonly Instruction[] {
  return parseDockerfile(['FROM scratch', ...lines].join('\n')).stages[0]?.instructions ?? [];
}

function errorOf(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('lines', () => {
  test('an escape at the end of a line joins the next, over comments and empty lines', () => {
    expect(texts('RUN a \\\n# not this\n   # nor this\n\n  b \\  \n c\nENV x=y')).toEqual(['RUN a   b  c', 'ENV x=y']);
  });

  test('an escaped escape at the end of a line joins nothing', () => {
    expect(texts('RUN a\\\\\nENV x=y')).toEqual(['RUN a\\\\', 'ENV x=y']);
  });

  test('the escape directive changes the escape, also after a byte order mark', () => {
    expect(texts('\uFEFF# syntax=docker/dockerfile:1\n# escape=`\nRUN a `\n b c:\\\nENV x=y')).toEqual([
      'RUN a  b c:\\',
      'ENV x=y',
    ]);
  });

  test('a directive after a comment is a comment', () => {
    expect(readLogicalLines('# hello\n# escape=`\nFROM a').escapeChar).toBe('\\');
  });

  test.each(['# escape=x\nFROM a', '# escape=`\n# escape=`\nFROM a'])('%j fails with INVALID_DOCKERFILE', (text) => {
    expect(errorOf(() => readLogicalLines(text))).toMatchObject({ code: 'INVALID_DOCKERFILE' });
  });

  test('lines end with or without a carriage return, and the last one with nothing', () => {
    expect(texts('FROM a\r\nRUN b \\\r\n c\r\nRUN d')).toEqual(['FROM a', 'RUN b  c', 'RUN d']);
  });

  test('an instruction knows its line and the line its text', () => {
    const [, run] = readLogicalLines('FROM a\n\n# x\n  RUN b \\\n  c').lines;
    expect(run).toMatchObject({ line: 4, source: '  RUN b \\' });
  });
});

describe('heredocs', () => {
  test.each([
    ['RUN <<EOF\nls\nEOF', [{ name: 'EOF', expands: true, stripsTabs: false, descriptor: '', content: 'ls\n' }]],
    ['RUN cat <<-"E O" # x\n\ta\n\tE O', [{ name: 'E O', expands: false, stripsTabs: true, content: '\ta\n' }]],
    ['RUN 3<<EOF cat\nhi\nEOF', [{ name: 'EOF', descriptor: '3' }]],
    ['RUN cat <<A <<B\n1\nA\n\n2\nB', [{ content: '1\n' }, { content: '\n2\n' }]],
    ['COPY <<EOF /x\nEOF', [{ content: '' }]],
    ['RUN cat <<EOF\r\na\r\nEOF\r', [{ content: 'a\r\n' }]],
  ])('%j has its texts', (text, expected) => {
    const [line] = readLogicalLines(`${text}\nENV after=1`).lines;
    expect(line?.heredocs).toMatchObject(expected);
    expect(texts(`${text}\nENV after=1`).at(-1)).toBe('ENV after=1');
  });

  test.each(['RUN echo "<<EOF"', 'RUN echo $((1<<2))', 'RUN cat <<<word', 'CMD echo <<EOF', "RUN echo 'a <<b'"])(
    '%s has none',
    (text) => {
      expect(readLogicalLines(`${text}\nENV after=1`).lines).toMatchObject([{ heredocs: [] }, { text: 'ENV after=1' }]);
    },
  );

  test('a heredoc without an end fails with INVALID_DOCKERFILE and the line where it begins', () => {
    const error = errorOf(() => readLogicalLines('FROM a\nRUN <<EOF\nls\n'));
    expect(error).toMatchObject({ code: 'INVALID_DOCKERFILE', details: { line: 2 } });
  });
});

describe('instructions', () => {
  test('words of any case are instructions', () => {
    expect(steps('run ls', 'Env a=b').map(({ keyword }) => keyword)).toEqual(['RUN', 'ENV']);
  });

  test('commands have two forms, and what is no JSON is a script', () => {
    expect(steps('CMD ["a", "b c"]', 'CMD a b', 'CMD [a]', 'CMD ["a",]', 'RUN ["\\u0041\\n"]')).toMatchObject([
      { command: { form: 'exec', args: ['a', 'b c'] } },
      { command: { form: 'shell', script: 'a b' } },
      { command: { form: 'shell', script: '[a]' } },
      { command: { form: 'shell', script: '["a",]' } },
      { command: { form: 'exec', args: ['A\n'] } },
    ]);
  });

  test('ENV and LABEL take pairs, or one name and the rest of the line', () => {
    expect(steps('ENV a=1 b="2 3" c=4\\ 5', 'ENV name  the rest = it', 'LABEL "a b"=c')).toMatchObject([
      {
        pairs: [
          { name: 'a', value: '1' },
          { name: 'b', value: '"2 3"' },
          { name: 'c', value: '4\\ 5' },
        ],
      },
      { pairs: [{ name: 'name', value: 'the rest = it' }] },
      { pairs: [{ name: '"a b"', value: 'c' }] },
    ]);
  });

  test.each([
    ['NOPE x', 'INVALID_DOCKERFILE'],
    ['ENV', 'INVALID_DOCKERFILE'],
    ['ENV a', 'INVALID_DOCKERFILE'],
    ['ENV a=1 b', 'INVALID_DOCKERFILE'],
    ['ENV =1', 'INVALID_DOCKERFILE'],
    ['ARG 1x', 'INVALID_DOCKERFILE'],
    ['RUN', 'INVALID_DOCKERFILE'],
    ['RUN []', 'INVALID_DOCKERFILE'],
    ['RUN ["a", 1]', 'INVALID_DOCKERFILE'],
    ['SHELL bash', 'INVALID_DOCKERFILE'],
    ['SHELL []', 'INVALID_DOCKERFILE'],
    ['WORKDIR', 'INVALID_DOCKERFILE'],
    ['VOLUME []', 'INVALID_DOCKERFILE'],
    ['COPY a', 'INVALID_DOCKERFILE'],
    ['COPY --chown a b', 'INVALID_DOCKERFILE'],
    ['COPY --chown=a --chown=b a b', 'INVALID_DOCKERFILE'],
    ['FROM a AS 1b', 'INVALID_DOCKERFILE'],
    ['FROM a b c', 'INVALID_DOCKERFILE'],
    ['HEALTHCHECK NONE', 'UNSUPPORTED_INSTRUCTION'],
    ['ONBUILD RUN ls', 'UNSUPPORTED_INSTRUCTION'],
    ['FROM --platform=linux/arm64 a', 'UNSUPPORTED_INSTRUCTION'],
    ['RUN --mount=type=cache,target=/x ls', 'UNSUPPORTED_INSTRUCTION'],
    ['RUN --network=host ls', 'UNSUPPORTED_INSTRUCTION'],
    ['ADD --checksum=sha256:0 a /', 'UNSUPPORTED_INSTRUCTION'],
  ])('%s fails with %s, and tells line and text', (text, code) => {
    const error = errorOf(() => parseDockerfile(`FROM scratch\n# a comment\n${text}\nRUN ls`));
    expect(error).toMatchObject({ code, details: { line: 3, source: text } });
  });

  test.each(['', '# nothing', 'RUN ls', 'ARG a=b', 'FROM a\0', 'FROM a AS x\nFROM b AS X'])(
    '%j is no Dockerfile',
    (text) => {
      expect(errorOf(() => parseDockerfile(text))).toMatchObject({ code: 'INVALID_DOCKERFILE' });
    },
  );
});

describe('stages', () => {
  const file = parseDockerfile(
    [
      'ARG VERSION=1 BASE=img:$VERSION',
      'FROM ${BASE} AS one',
      'FROM one AS two',
      'RUN x',
      'FROM scratch AS unused',
      'FROM scratch AS three',
      'COPY --from=TWO / /',
      'FROM other AS four',
      'COPY --from=3 / /',
    ].join('\n'),
  );

  const indices = (target?: string): number[] =>
    planBuild(file, { given: {}, target }).stages.map(({ index }) => index);

  test('only what the target needs is built, in the order of the file', () => {
    expect(indices()).toEqual([0, 1, 3, 4]);
    expect(indices('two')).toEqual([0, 1]);
    expect(indices('Unused')).toEqual([2]);
    expect(indices('0')).toEqual([0]);
  });

  test('ARGs before the first FROM are expanded in it, and what is given counts before a default', () => {
    const base = (given: Record<string, string>): unknown => planBuild(file, { given }).stages[0]?.base;
    expect(base({})).toEqual({ kind: 'image', reference: 'img:1' });
    expect(base({ VERSION: '2' })).toEqual({ kind: 'image', reference: 'img:2' });
  });

  test('a target that there is not fails with INVALID_DOCKERFILE', () => {
    expect(errorOf(() => indices('five'))).toMatchObject({ code: 'INVALID_DOCKERFILE', details: { target: 'five' } });
    expect(errorOf(() => indices('5'))).toMatchObject({ code: 'INVALID_DOCKERFILE' });
  });
});

describe('any text', () => {
  const token = fc.constantFrom(
    ...[
      'FROM ',
      'RUN ',
      'COPY ',
      'ADD ',
      'ENV ',
      'ARG ',
      'CMD ',
      'LABEL ',
      'EXPOSE ',
      'VOLUME ',
      'SHELL ',
      'scratch',
      'a',
      '=',
      '"',
    ],
    ...[
      "'",
      '\\',
      '\\\n',
      '\n',
      '\n',
      '\r\n',
      ' ',
      '\t',
      '#',
      '# escape=`\n',
      '`',
      '`\n',
      '<<A',
      '<<-"B C"',
      'A',
      '\nA\n',
      '--from=',
    ],
    ...['[', ']', ',', '$', '${', '}', ':-', ':+', '\uFEFF', '\0', '💥', '\u00a0', '*', '..', '/', 'AS ', 'ONBUILD '],
  );

  test('is taken apart, or refused by a typed error', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        const error = errorOf(() => planBuild(parseDockerfile(tokens.join('')), { given: {} }));
        return error === undefined || isStoreError(error);
      }),
      { numRuns: 5000 },
    );
  });

  test('takes time in proportion to its length', () => {
    for (const piece of [' ', '\\\n', '#', '# a=', '<<', 'a=b ', '${', '"', '\n', '[', '--a ']) {
      const start = performance.now();
      errorOf(() => parseDockerfile(`FROM a\nRUN ${piece.repeat(400_000 / piece.length)}`));
      errorOf(() => parseDockerfile(`FROM a\nENV ${piece.repeat(400_000 / piece.length)}`));
      expect(performance.now() - start, JSON.stringify(piece)).toBeLessThan(5000);
    }
  });

  const word = fc.stringMatching(/^[a-z0-9./-]{1,6}$/);
  const line = fc.oneof(
    word.map((name) => `FROM ${name}`),
    fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => `RUN ${words.join(' \\\n  ')}`),
    fc.tuple(word, word).map(([a, b]) => `COPY ${a} ${b}`),
    word.map((name) => `# ${name}`),
    fc.constant(''),
    fc.array(word, { maxLength: 3 }).map((words) => `RUN cat <<EOF\n${words.map((text) => `${text}\n`).join('')}EOF`),
    word.map((name) => `RUN a \\\n# ${name}\n b`),
  );

  test('of the plain kind is cut where dockerfile-ast cuts it', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = `# x\n${lines.join('\n')}\n`;
        const oracle = DockerfileParser.parse(text)
          .getInstructions()
          .map((instruction) => [instruction.getKeyword(), instruction.getRange().start.line + 1]);
        const found = readLogicalLines(text).lines.map((one) => [one.text.split(/\s/)[0], one.line]);
        expect(found).toEqual(oracle);
      }),
      { numRuns: 500 },
    );
  });
});
