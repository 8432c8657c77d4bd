import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandExists } from '@graphdriver/host';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectRun, program } from './command-line.ts';

// A root as two drivers leave it, and the program under its name.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphdriver-completion-'));
  for (const file of ['vfs/base', 'vfs/web', 'overlay2/other'].map((layer) => layer.split('/'))) {
    const records = join(folder, 'root', file[0] ?? '', '.graphdriver/records');
    await mkdir(records, { recursive: true });
    await writeFile(join(records, `${file[1]}.json`), '{}');
  }
  await mkdir(join(folder, 'bin'));
  await symlink(program, join(folder, 'bin/graphdriver'));
  await writeFile(join(folder, 'an-archive.tar'), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a shell offers for a line, after sourcing the script as the help says. */
type Ask = (line: string) => Promise<readonly string[]>;

const askBash: Ask = async (line) => {
  const script = `
    cd "$FOLDER" || exit
    source <(graphdriver completion bash)
    # Words as readline makes them: broken at spaces and around equals signs.
    read -ra COMP_WORDS <<< "\${1//=/ = }"
    [[ "$1" == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    compopt() { [[ "$2" == default ]] && COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); return 0; }
    _graphdriver
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return await linesOf('bash', ['-c', script, 'bash', line]);
};

const askFish: Ask = async (line) => {
  const script = 'cd $FOLDER; graphdriver completion fish | source; complete --do-complete $argv[1]';
  return (await linesOf('fish', ['--no-config', '-c', script, line])).map((offer) => offer.split('\t')[0] ?? '');
};

const askZsh: Ask = async (line) => {
  // Completion widgets run only where a person types: _describe and _files stand in and say what they were given.
  const script = `
    compdef() { : }; compset() { : }
    _describe() { local -a given; given=("\${(@P)3}"); print -rl -- "\${(@)given%%:*}" }
    _files() { print -rl -- *(N) }
    cd "$FOLDER"; source <(graphdriver completion zsh)
    words=("\${(@s: :)1}"); CURRENT=$#words
    _graphdriver`;
  return await linesOf('zsh', ['-f', '-c', script, 'zsh', line]);
};

async function linesOf(shell: string, args: readonly string[]): Promise<readonly string[]> {
  const env = {
    FOLDER: folder,
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    GRAPHDRIVER_ROOT: join(folder, 'root'),
  };
  const { stdout } = await collectRun(shell, args, undefined, env);
  return stdout.split('\n').filter((line) => line !== '');
}

describe.each([
  ['bash', askBash],
  ['zsh', askZsh],
  ['fish', askFish],
] as const)('completion in %s', (shell, ask) => {
  beforeEach(({ skip }) => skip(!commandExists(shell), `${shell} is not installed.`));

  it('offers commands, and those below them', async () => {
    expect(await ask('graphdriver la')).toEqual(['layer']);
    expect(await ask('graphdriver volume pr')).toEqual(['prune']);
    expect(await ask('graphdriver layer ch')).toEqual(['changes']);
  });

  it('offers options of the command and of the program', async () => {
    expect(await ask('graphdriver layer mount --read')).toEqual(['--read-only']);
    expect(await ask('graphdriver layer mount --mount')).toEqual(['--mount-with']);
  });

  it('offers the values that an option takes, behind a space', async () => {
    expect(await ask('graphdriver --mount-with s')).toEqual(['syscall']);
    expect((await ask('graphdriver conformance --reporter j')).toSorted()).toEqual(['json', 'junit']);
    expect(await ask('graphdriver conformance --posix --only rename/onto-i')).toEqual(['rename/onto-itself']);
    expect(await ask('graphdriver conformance --only rename/onto-i')).toEqual([]);
    expect(await ask('graphdriver --driver o')).toEqual(['overlay2']);
    expect(await ask('graphdriver bench run --peer fuse')).toEqual(['fuse-overlayfs']);
    expect(await ask('graphdriver cost result.json --operation re')).toEqual(['remove']);
  });

  it('offers the layers of the root that the line means', async () => {
    expect(await ask('graphdriver layer show ')).toEqual(['base', 'other', 'web']);
    expect(await ask('graphdriver --driver vfs layer create new --parent ')).toEqual(['base', 'web']);
    expect(await ask('graphdriver --driver vfs layer create new --fork-of ')).toEqual(['base', 'web']);
    expect(await ask('graphdriver layer remove base w')).toEqual(['web']);
    expect(await ask('graphdriver --root /nowhere layer show ')).toEqual([]);
  });

  it('offers files where a file is meant', async () => {
    expect(await ask('graphdriver layer apply base an-')).toContain('an-archive.tar');
    expect(await ask('graphdriver bench compare an-archive.tar an-')).toContain('an-archive.tar');
    expect(await ask('graphdriver cost an-')).toContain('an-archive.tar');
  });
});

describe('completion in bash', () => {
  beforeEach(({ skip }) => skip(!commandExists('bash'), 'bash is not installed.'));

  it('offers what stands behind an equals sign without what stands before it', async () => {
    expect(await askBash('graphdriver --mount-with=s')).toEqual(['syscall']);
    expect(await askBash('graphdriver layer show --driver=')).toContain('overlay2');
  });
});
