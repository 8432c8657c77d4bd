import type { DockerfilePlace } from '../build-error.ts';
import type { Heredoc } from './heredoc.ts';

/** A command as RUN, CMD and ENTRYPOINT take it: the list of a program and its arguments, or a script for the shell. */
export type Command =
  | { readonly form: 'exec'; readonly args: readonly string[] }
  | { readonly form: 'shell'; readonly script: string };

/** A name with the text that stands for its value: quotes, escapes and variables are still in it. */
export interface NamedWord {
  readonly name: string;
  readonly value: string;
}

/** What every instruction has. */
interface Common extends DockerfilePlace {
  /** The instruction as one line. */
  readonly text: string;
}

/** `FROM image [AS name]`. */
export interface FromInstruction extends Common {
  readonly keyword: 'FROM';
  readonly image: string;
  /** In lower case, for names of stages are compared so. */
  readonly name: string | null;
}

/** `ARG name[=value]…`. */
export interface ArgInstruction extends Common {
  readonly keyword: 'ARG';
  readonly args: readonly { readonly name: string; readonly value: string | null }[];
}

/** `ENV name=value…` and `LABEL name=value…`. */
export interface PairsInstruction extends Common {
  readonly keyword: 'ENV' | 'LABEL';
  readonly pairs: readonly NamedWord[];
}

/** `RUN`, with the heredocs that its script announces. */
export interface RunInstruction extends Common {
  readonly keyword: 'RUN';
  readonly command: Command;
  readonly heredocs: readonly Heredoc[];
}

/** `CMD` and `ENTRYPOINT`. */
export interface CommandInstruction extends Common {
  readonly keyword: 'CMD' | 'ENTRYPOINT';
  readonly command: Command;
}

/** `SHELL ["program", "argument"…]`. */
export interface ShellInstruction extends Common {
  readonly keyword: 'SHELL';
  readonly args: readonly string[];
}

/** What `COPY` and `ADD` bring: something of the context or a stage, or text of the Dockerfile under a name. */
export type CopySource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'text'; readonly heredoc: Heredoc };

/** `COPY` and `ADD`. Words are not expanded yet. */
export interface CopyInstruction extends Common {
  readonly keyword: 'COPY' | 'ADD';
  readonly sources: readonly CopySource[];
  readonly destination: string;
  /** A stage by name or number, or an image. */
  readonly from: string | null;
  readonly chown: string | null;
  readonly chmod: string | null;
}

/** Instructions whose whole rest is one value. */
export interface ValueInstruction extends Common {
  readonly keyword: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER';
  readonly value: string;
}

/** Instructions that take a list of words. */
export interface ListInstruction extends Common {
  readonly keyword: 'EXPOSE' | 'VOLUME';
  readonly words: readonly string[];
}

/** What a stage is made of after its FROM. */
export type StageInstruction =
  | ArgInstruction
  | PairsInstruction
  | RunInstruction
  | CommandInstruction
  | ShellInstruction
  | CopyInstruction
  | ValueInstruction
  | ListInstruction;

/** Everything that this builder carries out. */
export type Instruction = FromInstruction | StageInstruction;

/** Instructions of Docker that are refused by name. */
export const UNSUPPORTED: readonly string[] = ['HEALTHCHECK', 'ONBUILD'];
