import type { MountRequest, RunOptions } from '@graphdriver/store';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GlobalOptions } from '../../composition.ts';

/** What `run` and `create` are told. */
export interface RunFlags extends GlobalOptions {
  readonly name?: string;
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly rm?: boolean;
  readonly volume: readonly string[];
  readonly mount: readonly string[];
  readonly env: readonly string[];
  readonly label: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly network: 'none' | 'host';
  readonly entrypoint?: string;
  readonly readOnly?: boolean;
  readonly stopSignal?: string;
  readonly runtime?: 'crun' | 'runc' | 'chroot';
}

/** Adds the options that say how a container is made. */
export function withRunFlags(command: Command): Command {
  return command
    .option('--name <text>', 'a name for the container')
    .option('-i, --interactive', 'keep its stdin open')
    .option('-t, --tty', 'give it a terminal')
    .option('--rm', 'remove the container when its program has ended')
    .option('-v, --volume <source:target>', 'a volume, or a folder or file of the host; may be repeated', collect, [])
    .option('--mount <type=…,source=…,target=…>', 'the same in words; may be repeated', collect, [])
    .option('-e, --env <name=value>', 'a variable; a name alone takes its value from here; may be repeated', addEnv, [])
    .option('-l, --label <key=value>', 'a label; may be repeated', addLabel, {})
    .option('-w, --workdir <path>', 'the working directory in the container')
    .option('-u, --user <user:group>', 'who it runs as')
    .option('--hostname <text>', 'the name of the host that it sees')
    .addOption(new Option('--network <name>', 'what it sees of the network').choices(['none', 'host']).default('none'))
    .option('--entrypoint <program>', 'run this instead of what the image says')
    .option('--read-only', 'let nothing be written to its files, but to mounts')
    .option('--stop-signal <signal>', 'what asks its program to end')
    .addOption(new Option('--runtime <name>', 'what makes the container').choices(['crun', 'runc', 'chroot']));
}

/** What the store is told. */
export async function runOptions(
  command: readonly string[],
  flags: RunFlags,
  signal: AbortSignal,
): Promise<RunOptions> {
  const { name, workdir, user, hostname, entrypoint, stopSignal, runtime } = flags;
  return {
    signal,
    env: flags.env,
    labels: flags.label,
    network: flags.network,
    mounts: await mountsOf(flags),
    tty: flags.tty === true,
    openStdin: flags.interactive === true,
    readOnly: flags.readOnly === true,
    autoRemove: flags.rm === true,
    ...(command.length === 0 ? {} : { command }),
    ...(entrypoint === undefined ? {} : { entrypoint: entrypoint === '' ? [] : [entrypoint] }),
    ...(name === undefined ? {} : { name }),
    ...(workdir === undefined ? {} : { cwd: workdir }),
    ...(user === undefined ? {} : { user }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(runtime === undefined ? {} : { runtime }),
  };
}

async function mountsOf({ volume, mount }: RunFlags): Promise<readonly MountRequest[]> {
  const { parseMountFlag, parseVolumeFlag } = await import('@graphdriver/store');
  return [...volume.map((text) => parseVolumeFlag(text, process.cwd())), ...mount.map(parseMountFlag)];
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Adds one `-e`. A name that the environment does not have adds nothing. */
export function addEnv(text: string, before: readonly string[]): readonly string[] {
  if (text === '' || text.startsWith('=')) throw new InvalidArgumentError('It is NAME=value.');
  if (text.includes('=')) return [...before, text];
  const value = process.env[text];
  return value === undefined ? before : [...before, `${text}=${value}`];
}

function addLabel(text: string, labels: Readonly<Record<string, string>>): Record<string, string> {
  const [key = '', ...value] = text.split('=');
  if (key === '') throw new InvalidArgumentError('It is key=value.');
  return { ...labels, [key]: value.join('=') };
}
