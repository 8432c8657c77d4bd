import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addStoreCommands } from '../src/commands/store-commands.ts';
import { separateForeignWords } from '../src/foreign-words.ts';

const program = new Command('graphdriver').option('--root <dir>').option('--driver <name>').option('--json');
addStoreCommands(program, new AbortController().signal);
program.command('layer').command('create').argument('<id>');
const separate = (line: string): string => separateForeignWords(program, line.split(' ')).join(' ');

describe('the words of another program', () => {
  it.each([
    ['run --rm debian ls --json', 'run --rm debian -- ls --json'],
    ['--root /x --json run debian', '--root /x --json run debian --'],
    ['run -it -v a:/b --name x debian sh -c true', 'run -it -v a:/b --name x debian -- sh -c true'],
    ['run -dv a:/b debian -x', 'run -dv a:/b debian -- -x'],
    ['run -va:/b --name=x debian -d', 'run -va:/b --name=x debian -- -d'],
    ['exec -u root web env -i', 'exec -u root web -- env -i'],
    ['create --driver vfs debian --driver', 'create --driver vfs debian -- --driver'],
  ])('begin behind the first operand of %s', (line, separated) => {
    expect(separate(line)).toBe(separated);
  });

  it.each(['run -- debian ls', 'run --rm', 'ps -a', 'layer create run', 'rm run'])('are none in %s', (line) => {
    expect(separate(line)).toBe(line);
  });
});
