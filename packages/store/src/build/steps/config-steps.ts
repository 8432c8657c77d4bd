import type { ContainerConfig } from '../../images/image-config.ts';
import { type DockerfilePlace, invalidAt } from '../build-error.ts';
import type { Lookup } from '../dockerfile/expand.ts';
import type {
  Command,
  CommandInstruction,
  ListInstruction,
  PairsInstruction,
  ValueInstruction,
} from '../dockerfile/instruction.ts';
import { type ImageDraft, shellOf, withConfig, withEmptyStep } from '../image-draft.ts';
import { commandHistory, goList } from './history-text.ts';
import { parsePorts } from './parse-ports.ts';
import { expandAt, expandListAt, withVariable } from './variables.ts';

/** What an instruction is read with. */
export interface StepWords {
  readonly lookup: Lookup;
  readonly escapeChar: string;
}

/** `ENV` and `LABEL`: all values see the variables as they were before the instruction. */
export function applyPairs(draft: ImageDraft, step: PairsInstruction, { lookup, escapeChar }: StepWords): ImageDraft {
  const pairs = step.pairs.map(({ name, value }) => ({
    name: expandAt(step, name, lookup, escapeChar),
    value: expandAt(step, value, lookup, escapeChar),
  }));
  if (pairs.some(({ name }) => name === '' || name.includes('\0')))
    throw invalidAt(step, `${step.keyword} has an empty name.`);
  const told = `${step.keyword} ${pairs.map(({ name, value }) => `${name}=${value}`).join(' ')}`;
  if (step.keyword === 'LABEL') {
    // fromEntries makes own properties also of names like __proto__.
    const labels = Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
    return withConfig(draft, { Labels: { ...draft.config.Labels, ...labels } }, told);
  }
  const before: readonly string[] = draft.config.Env ?? [];
  const env = pairs.reduce((entries, { name, value }) => withVariable(entries, name, value), before);
  return withConfig(draft, { Env: env }, told);
}

/** `CMD` and `ENTRYPOINT`: an ENTRYPOINT takes away a CMD that this stage has not given itself, for it was meant for another program. */
export function applyCommand(draft: ImageDraft, step: CommandInstruction): ImageDraft {
  const args = commandLine(draft, step.command);
  const told = commandHistory(step.keyword, args);
  if (step.keyword === 'CMD') return { ...withConfig(draft, { Cmd: args }, told), hasOwnCommand: true };
  if (draft.hasOwnCommand) return withConfig(draft, { Entrypoint: args }, told);
  const { Cmd: _, ...config } = draft.config;
  return withConfig({ ...draft, config }, { Entrypoint: args }, told);
}

/** The program and arguments that a command stands for. */
function commandLine(draft: ImageDraft, command: Command): readonly string[] {
  return command.form === 'exec' ? command.args : [...shellOf(draft), command.script];
}

/** `EXPOSE`: `80`, `80/udp`, `8000-8010`. */
export function applyExpose(draft: ImageDraft, step: ListInstruction, { lookup, escapeChar }: StepWords): ImageDraft {
  const ports = step.words
    .flatMap((word) => expandListAt(step, word, lookup, escapeChar))
    .flatMap((word) => parsePorts(step, word));
  if (ports.length === 0) throw invalidAt(step, 'EXPOSE names no port.');
  return withConfig(
    draft,
    { ExposedPorts: { ...draft.config.ExposedPorts, ...asSet(ports) } },
    `EXPOSE ${goList(ports)}`,
  );
}

/** `VOLUME`. */
export function applyVolume(draft: ImageDraft, step: ListInstruction, { lookup, escapeChar }: StepWords): ImageDraft {
  const paths = step.words.map((word) => expandAt(step, word, lookup, escapeChar));
  if (paths.some((path) => path === '')) throw invalidAt(step, 'VOLUME names an empty path.');
  return withConfig(draft, { Volumes: { ...draft.config.Volumes, ...asSet(paths) } }, `VOLUME ${goList(paths)}`);
}

/** `USER`, `STOPSIGNAL`, `MAINTAINER`. */
export function applyValue(draft: ImageDraft, step: ValueInstruction, { lookup, escapeChar }: StepWords): ImageDraft {
  // Docker expands no variables in MAINTAINER.
  if (step.keyword === 'MAINTAINER') return { ...withEmptyStep(draft, `MAINTAINER ${step.value}`), author: step.value };
  const value = expandAt(step, step.value, lookup, escapeChar);
  if (value === '') throw invalidAt(step, `${step.keyword} is empty.`);
  const changes: Partial<ContainerConfig> =
    step.keyword === 'USER' ? { User: value } : { StopSignal: checkedSignal(step, value) };
  return withConfig(draft, changes, `${step.keyword} ${value}`);
}

/** `SHELL`. */
export function applyShell(draft: ImageDraft, args: readonly string[]): ImageDraft {
  return withConfig(draft, { Shell: args }, `SHELL ${goList(args)}`);
}

const SIGNAL = /^(?:SIG)?(?:RTM(?:IN|AX)[+-]\d{1,2}|[A-Z][A-Z0-9]{1,9})$/i;

function checkedSignal(place: DockerfilePlace, value: string): string {
  const number = /^\d{1,3}$/.test(value) ? Number(value) : undefined;
  if (number === undefined ? SIGNAL.test(value) : number >= 1 && number <= 64) return value;
  throw invalidAt(place, `${value} is no signal.`, 'Write SIGTERM, TERM or 15.');
}

function asSet(names: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
