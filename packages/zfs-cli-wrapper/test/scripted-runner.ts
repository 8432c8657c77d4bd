import type { CommandName, CommandResult, RunnerOptions, RunningCommand, ZfsRunner } from '../src/index.ts';

/** What a scripted command answers: a text on stdout, a result, or something that throws. */
export type Answer = string | Partial<CommandResult> | (() => Promise<CommandResult>);

/** What `zfs version` prints on OpenZFS. */
export function openzfs(version: string): Answer {
  return `zfs-${version}\nzfs-kmod-${version}\n`;
}

/** A runner that runs nothing: it notes the commands and gives prepared answers, the last of them for ever. */
export class ScriptedRunner implements ZfsRunner {
  readonly lines: string[][] = [];
  readonly options: RunnerOptions[] = [];
  readonly #answers: Answer[];

  constructor(...answers: readonly Answer[]) {
    this.#answers = [...answers];
  }

  async run(command: CommandName, args: readonly string[], options: RunnerOptions): Promise<CommandResult> {
    this.lines.push([command, ...args]);
    this.options.push(options);
    const answer = (this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0]) ?? '';
    if (typeof answer === 'function') return await answer();
    return { exitCode: 0, stdout: '', stderr: '', ...(typeof answer === 'string' ? { stdout: answer } : answer) };
  }

  start(command: CommandName, args: readonly string[], input?: AsyncIterable<Uint8Array>): RunningCommand {
    const read = async (): Promise<void> => {
      if (input !== undefined) for await (const _ of input);
    };
    const ended = read().then(() => this.run(command, args, { timeout: 0 }));
    const stdout = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from((await ended).stdout);
    };
    return { stdout: stdout(), ended, kill: () => undefined };
  }

  /** The commands after the one that asks for the version. */
  get commands(): string[] {
    return this.lines.slice(1).map((line) => line.join(' '));
  }
}
