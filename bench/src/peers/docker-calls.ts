import { existsSync } from 'node:fs';
import { commandPath, run } from '@graphdriver/host';
import { feedCommand } from './feed-command.ts';
import type { HttpClient } from './http-client.ts';

/** What a container is made of. */
export interface DockerContainer {
  readonly image: string;
  readonly command: string;
  /** As in `KEY=value`. */
  readonly environment: readonly string[];
}

/** What is asked of Docker; containers go by the ids that `create` returns. */
export interface DockerCalls {
  create(container: DockerContainer): Promise<string>;
  start(id: string): Promise<void>;
  kill(id: string): Promise<void>;
  /** Returns when it has ended. */
  wait(id: string): Promise<void>;
  copyInto(id: string, archive: AsyncIterable<Uint8Array>): Promise<void>;
  commit(id: string, image: string): Promise<void>;
  removeContainer(id: string): Promise<void>;
  removeImage(image: string): Promise<void>;
}

const API = '/v1.41';

/** By the daemon's HTTP API. */
export function dockerApi(client: HttpClient): DockerCalls {
  const send = async (...request: Parameters<HttpClient['send']>): Promise<void> =>
    void (await client.send(...request));
  const of = (id: string): string => `${API}/containers/${id}`;
  return {
    async create({ image, command, environment }) {
      const json = { Image: image, Cmd: [command], Env: environment, HostConfig: { NetworkMode: 'none' } };
      return identity(await client.send('POST', `${API}/containers/create`, { json }));
    },
    start: (id) => send('POST', `${of(id)}/start`),
    kill: (id) => send('POST', `${of(id)}/kill`),
    wait: (id) => send('POST', `${of(id)}/wait`),
    copyInto: (id, tar) => send('PUT', `${of(id)}/archive?path=/`, { tar }),
    commit: (id, image) => send('POST', `${API}/commit?container=${id}&repo=${image}&pause=0`, { json: {} }),
    removeContainer: (id) => send('DELETE', `${of(id)}?force=1`),
    removeImage: (image) => send('DELETE', `${API}/images/${image}`),
  };
}

/** By Docker's command, which is started for every call. */
export function dockerCommands(host: string): DockerCalls {
  // A client of another kind may come first in PATH; that of the daemon is Debian's.
  const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : (commandPath('docker') ?? 'docker');
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await run(client, ['-H', host, ...args], { timeout: 0 })).stdout.trim();
  const quietly = async (...args: readonly string[]): Promise<void> => void (await docker(...args));
  return {
    create: ({ image, command, environment }) =>
      docker('create', '--network=none', ...environment.map((one) => `--env=${one}`), image, command),
    start: (id) => quietly('start', id),
    kill: (id) => quietly('kill', id),
    wait: (id) => quietly('wait', id),
    copyInto: (id, archive) => feedCommand(archive, client, ['-H', host, 'cp', '-', `${id}:/`]),
    commit: (id, image) => quietly('commit', '--pause=false', id, image),
    removeContainer: (id) => quietly('rm', '--force', id),
    removeImage: (image) => quietly('rmi', image),
  };
}

function identity(answer: string): string {
  const parsed: unknown = JSON.parse(answer);
  if (typeof parsed === 'object' && parsed !== null && 'Id' in parsed && typeof parsed.Id === 'string')
    return parsed.Id;
  throw new TypeError('Docker did not say which container it has made.');
}
