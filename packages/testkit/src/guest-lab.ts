import { fileURLToPath } from 'node:url';
import { type RunResult, run } from '@graphdriver/host';
import { privilegeReason } from './privilege.ts';

/** A command for the guest, and what it is to find there. */
export interface GuestRequest {
  readonly command: readonly [program: string, ...args: string[]];
  /** Sizes of empty disks, as in `4G`: /dev/ubda, /dev/ubdb, ... */
  readonly disks?: readonly string[];
  /** Folders of the host that the guest sees under the same path, and may change. The repository it sees always, and only reads. */
  readonly share?: readonly string[];
  /** Loads OpenZFS. */
  readonly zfs?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds for booting and the command; 600 unless told. */
  readonly timeout?: number;
  /** Exit codes that are results and no failures; 0 unless told. */
  readonly okExitCodes?: readonly number[];
  readonly signal?: AbortSignal;
}

/** The guest lab: another kernel, with OpenZFS and with quota on xfs. See scripts/openzfs-lab. */
export interface GuestLab {
  /**
   * Boots a guest, runs the command in it as root, and powers off: some five seconds beside what the command takes.
   * Nothing is left of the guest, also when this process is killed.
   *
   * @throws {StorageError} `COMMAND_FAILED` with the exit code and stderr in `details`, `TIMED_OUT`, `ABORTED`
   */
  run(request: GuestRequest): Promise<RunResult>;
}

const LAB = fileURLToPath(new URL('../../../scripts/openzfs-lab/lab.mjs', import.meta.url));

/** Seconds by which the guest's own limit comes later than ours, which says what has happened in the usual way. */
const GRACE = 10;

/** The lab that lies where `GRAPHDRIVER_LAB` says, or in the cache. Ask {@link guestReason} before. */
export function guestLab(): GuestLab {
  return { run: runInGuest };
}

/**
 * Why the guest cannot be used, or `null` where it can. Building it takes minutes, so that no test does: `zfs` asks for OpenZFS as well.
 */
export async function guestReason({ zfs = false }: { readonly zfs?: boolean } = {}): Promise<string | null> {
  const privilege = privilegeReason();
  if (privilege !== null) return privilege;
  const { stdout } = await run(process.execPath, [LAB, 'facts']);
  const facts: unknown = JSON.parse(stdout);
  const { guest, modules } = facts as Readonly<Record<'guest' | 'modules', object | null>>; // What `facts` prints.
  if (guest !== null && (modules !== null || !zfs)) return null;
  return 'The guest lab has not been built: run node scripts/openzfs-lab/lab.mjs build, once.';
}

async function runInGuest(request: GuestRequest): Promise<RunResult> {
  const seconds = request.timeout ?? 600;
  const options = [
    ...['--timeout', `${seconds + GRACE}`],
    ...(request.zfs === true ? ['--zfs'] : []),
    ...(request.disks ?? []).flatMap((size) => ['--disk', size]),
    ...(request.share ?? []).flatMap((folder) => ['--share', folder]),
    ...Object.entries(request.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  ];
  return run(process.execPath, [LAB, 'run', ...options, '--', ...request.command], {
    timeout: seconds * 1000,
    okExitCodes: request.okExitCodes ?? [0],
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}
