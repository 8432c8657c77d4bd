import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { isErrno, unlinkAt } from '@graphdriver/host';
import { errorAt, invalidAt } from '../build-error.ts';
import { heredocText } from '../dockerfile/heredoc.ts';
import type { RunInstruction } from '../dockerfile/instruction.ts';
import { writeText } from '../files/copy-files.ts';
import { ROOT_OWNER } from '../files/copy-owner.ts';
import { TargetRoot } from '../files/target-root.ts';
import { type ImageDraft, shellOf, withStep, workingDirectory } from '../image-draft.ts';
import { runHistory } from './history-text.ts';
import { OutputLines } from './output-lines.ts';
import { type StepContext, signalOf } from './step-context.ts';
import { argsForRun, environmentOf, undeclaredProxies } from './variables.ts';

/** A program with its arguments, or the text of one that says itself by `#!` what reads it. */
type Program =
  | { readonly args: readonly string[]; readonly script: null }
  | { readonly args: null; readonly script: string };

/**
 * Carries out a RUN: a process in the image's files, as the image's user, in its working directory, with ENV and ARGs for an environment.
 *
 * @throws {StoreError} `BUILD_FAILED` for an exit code other than 0, with `details.exitCode`
 */
export async function runStep(step: RunInstruction, context: StepContext): Promise<ImageDraft> {
  const { draft, cached, network } = context;
  const program = programOf(step, draft);
  const environment = environmentOf(draft.config);
  const buildArgs = argsForRun(environment, context.args);
  const env = [...(draft.config.Env ?? []), ...buildArgs];
  const [user, cwd] = [draft.config.User ?? '', workingDirectory(draft)];
  const input = { kind: 'run', args: program.args ?? [], env, user, cwd, network, script: program.script } as const;
  const { layer, created } = await cached(draft.top, input, async (root) => {
    const seen = [...env, ...undeclaredProxies(context.given, context.args)];
    await withScript(root, program, async (args) => {
      const output = new OutputLines(context.onLine);
      const spec = { rootfs: root, args, env: seen, cwd, user, network };
      const { exitCode } = await context.host.run(spec, output.sink, signalOf(context.signal));
      output.end();
      if (exitCode !== 0) throw exitedWith(step, exitCode);
    });
  });
  return withStep(draft, layer, runHistory(program.args ?? [program.script], buildArgs), created);
}

function exitedWith(step: RunInstruction, exitCode: number): Error {
  return errorAt(step, 'BUILD_FAILED', `the command ended with exit code ${exitCode}.`, {
    hint: exitCode === 127 ? 'The image has no such program, or no shell.' : 'Its output says more.',
    details: { exitCode },
  });
}

/**
 * A script that consists of one heredoc is that heredoc's text, whether or not the shell knows heredocs; every other one gets its heredocs back
 * below it and reads them itself.
 */
function programOf(step: RunInstruction, draft: ImageDraft): Program {
  const { command, heredocs } = step;
  if (command.form === 'exec') {
    if (heredocs.length > 0) throw invalidAt(step, 'a heredoc needs a shell: it cannot stand in a list.');
    return { args: command.args, script: null };
  }
  const [first] = heredocs;
  const inShell = (script: string): Program => ({ args: [...shellOf(draft), script], script: null });
  if (first === undefined) return inShell(command.script);
  if (heredocs.length === 1 && /^<<-?\S+$/.test(command.script)) {
    const text = heredocText(first);
    return text.startsWith('#!') ? { args: null, script: text } : inShell(text);
  }
  return inShell([command.script, ...heredocs.map(({ content, name }) => `${content}${name}`)].join('\n'));
}

/** Lays a script that is no argument into the image for as long as it runs. */
async function withScript(
  root: string,
  program: Program,
  use: (args: readonly string[]) => Promise<void>,
): Promise<void> {
  if (program.args !== null) return use(program.args);
  using target = new TargetRoot(root);
  const name = `.heredoc-${randomBytes(8).toString('hex')}`;
  writeText(target, name, program.script, { owner: ROOT_OWNER, mode: 0o755 });
  try {
    await use([`/${name}`]);
  } finally {
    removeScript(target, name);
  }
}

function removeScript(target: TargetRoot, name: string): void {
  const directory = target.realDirectory('');
  try {
    unlinkAt(directory, name);
  } catch (error) {
    // The script may have removed itself.
    if (!isErrno(error, 'ENOENT')) throw error;
  } finally {
    closeSync(directory);
  }
}
