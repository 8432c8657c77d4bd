import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { StorageError } from '@graphdriver/core';
import {
  commandExists,
  commandPath,
  createMounter,
  mountsUnder,
  removeTree,
  run,
  startProcess,
} from '@graphdriver/host';

/** Another program that loads images, ready to. */
export interface OpenPeer extends AsyncDisposable {
  load(archive: string, index: number): Promise<void>;
  /** Removes what sample `index` has loaded. */
  forget(index: number): Promise<void>;
}

/** Another program that loads images. */
export interface LoadPeer {
  readonly name: 'podman' | 'docker' | 'ctr';
  readonly command: string;
  /** Why it cannot be tried here, as a sentence, or `null`. */
  refusal(): string | null;
  /** Opens it with storage of its own below `directory`. */
  open(directory: string, signal: AbortSignal): Promise<OpenPeer>;
}

const NO_LIMIT = 0;
const START_MILLISECONDS = 30_000;
const PAUSE = 50;

/** Commands and daemons that are measured beside the store. Nothing of the host's own is touched. */
export const loadPeers: readonly LoadPeer[] = [
  {
    name: 'podman',
    command: 'podman load',
    refusal: () => missing('podman'),
    async open(directory, signal) {
      const short = shortFolder();
      const policy = `${short}/policy.json`;
      writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
      const rootOf = (index: number): string => `${directory}/podman-${index}`;
      return {
        async load(archive, index) {
          const own = ['--root', rootOf(index), '--runroot', `${short}/run-${index}`, '--tmpdir', `${short}/tmp`];
          const how = ['--storage-driver', 'overlay', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'];
          const args = [...own, ...how, 'load', '--quiet', '--signature-policy', policy, '--input', archive];
          await run('podman', args, { signal, timeout: NO_LIMIT });
        },
        forget: (index) => removeMounted(rootOf(index)),
        [Symbol.asyncDispose]: () => removeMounted(short),
      };
    },
  },
  {
    name: 'docker',
    command: 'docker load',
    refusal: () => missing('dockerd') ?? missing('docker'),
    async open(directory, signal) {
      const short = shortFolder();
      const host = `unix://${short}/docker.sock`;
      const config = `${short}/daemon.json`;
      writeFileSync(config, '{}');
      const places = [
        '--data-root',
        `${directory}/docker`,
        '--exec-root',
        `${short}/exec`,
        '--pidfile',
        `${short}/pid`,
      ];
      const network = [
        '--bridge=none',
        '--iptables=false',
        '--ip6tables=false',
        '--ip-forward=false',
        '--ip-masq=false',
      ];
      const args = ['--config-file', config, '--storage-driver', 'overlay2', '-H', host, ...places, ...network];
      // A client of another kind may come first in PATH; that of the daemon lies beside it.
      const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : (commandPath('docker') ?? 'docker');
      const docker = (...words: readonly string[]): Promise<unknown> =>
        run(client, ['-H', host, ...words], { signal, timeout: NO_LIMIT });
      return await daemon(short, 'dockerd', args, () => docker('version'), {
        load: (archive) => docker('load', '--quiet', '--input', archive),
        forget: () => docker('image', 'prune', '--all', '--force'),
      });
    },
  },
  {
    name: 'ctr',
    command: 'ctr image import',
    refusal: () => missing('containerd') ?? missing('ctr'),
    async open(directory, signal) {
      const short = shortFolder();
      const socket = `${short}/containerd.sock`;
      const config = `${short}/containerd.toml`;
      writeFileSync(
        config,
        `version = 2\nroot = "${directory}/containerd"\nstate = "${short}/state"\n` +
          `disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "${socket}"\n`,
      );
      const ctr = (...words: readonly string[]): Promise<{ readonly stdout: string }> =>
        run('ctr', ['--address', socket, ...words], { signal, timeout: NO_LIMIT });
      return await daemon(short, 'containerd', ['--config', config], () => ctr('version'), {
        load: (archive) => ctr('images', 'import', archive),
        async forget() {
          const { stdout } = await ctr('images', 'ls', '--quiet');
          await ctr('images', 'rm', '--sync', ...stdout.trim().split('\n'));
        },
      });
    },
  },
];

interface Client {
  load(archive: string): Promise<unknown>;
  forget(): Promise<unknown>;
}

/** Starts a daemon and waits until it answers. Disposing ends it, and clears away what it has left mounted. */
async function daemon(
  short: string,
  command: string,
  args: readonly string[],
  answers: () => Promise<unknown>,
  { load, forget }: Client,
): Promise<OpenPeer> {
  const started = startProcess(command, args, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', detached: true });
  let hasEnded = false;
  const ended = started.ended.finally(() => {
    hasEnded = true;
  });
  ended.catch(() => undefined); // Who waits for it to answer finds out.
  const dispose = async (): Promise<void> => {
    started.kill();
    await ended.catch(() => undefined);
    await removeMounted(short);
  };
  const deadline = Date.now() + START_MILLISECONDS;
  while (!(await succeeds(answers))) {
    if (!hasEnded && Date.now() < deadline) await setTimeout(PAUSE);
    else {
      await dispose();
      throw new StorageError('COMMAND_FAILED', `${command} does not answer.`, { details: { command, args } });
    }
  }
  return {
    load: async (archive) => void (await load(archive)),
    forget: async () => void (await forget()),
    [Symbol.asyncDispose]: dispose,
  };
}

async function succeeds(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch {
    return false;
  }
}

/** The address of a socket has at most 107 bytes. */
function shortFolder(): string {
  return mkdtempSync(`${tmpdir()}/gd-`);
}

async function removeMounted(path: string): Promise<void> {
  const mounter = createMounter();
  for (const { mountPoint } of mountsUnder(path).reverse())
    await mounter.unmount(Buffer.from(mountPoint, 'latin1'), { detach: true });
  await removeTree(path);
}

function missing(command: string): string | null {
  return commandExists(command) ? null : `There is no command ${command}.`;
}
