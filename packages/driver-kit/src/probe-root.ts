import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  type Capabilities,
  isStorageError,
  type OpenOptions,
  type ProbeCheck,
  type ProbeReport,
  type SettingSpec,
  StorageError,
} from '@graphdriver/core';
import {
  createMounter,
  type Filesystem,
  faultPoint,
  filesystemOf,
  hasPrivilege,
  isMountPoint,
  type Mounter,
  makeDirectory,
  removeTree,
} from '@graphdriver/host';
import { bookLayout } from './book-layout.ts';
import { checkOpenOptions } from './open-options.ts';
import { readFormat } from './root-format.ts';
import { settingsOf } from './root-settings.ts';

/** Where a driver's own checks can try things out: a folder on the root's file system that is removed afterwards. */
export interface ProbeGround {
  readonly folder: string;
  readonly mounter: Mounter;
  readonly filesystem: Filesystem;
}

/** What a driver wants to know of a host and root. */
export interface ProbeRequest {
  readonly driver: string;
  readonly options: OpenOptions;
  /** What a root of the driver can be made with; nothing where it is left out. */
  readonly settings?: readonly SettingSpec[];
  /** What speaks against a file system, or `null` where nothing does. */
  unsuitable(filesystem: Filesystem): { readonly why: string; readonly remedy: string } | null;
  /** The driver's own checks. They are asked only where the shared ones passed, and leave nothing mounted. */
  more?(ground: ProbeGround): Promise<readonly ProbeCheck[]>;
  /** What the driver promises here. Asked only where it works. */
  capabilities(ground: Pick<ProbeGround, 'filesystem'>): Capabilities;
}

/** Capabilities of the process that every driver needs, and what for. */
const PRIVILEGES = [
  ['sys_admin', 'mounting'],
  ['chown', 'giving files their owners'],
  ['mknod', 'making device files'],
  ['dac_override', 'reading files of all owners'],
  ['fowner', 'changing files of all owners'],
  ['fsetid', 'keeping set-group-id bits'],
  ['setfcap', 'setting file capabilities'],
] as const;

/**
 * Looks whether a driver works on a root, and leaves nothing behind.
 *
 * The checks that all drivers share are named `privileges`, `filesystem`, `root` (the directory can be made) and `mount` (a real bind
 * mount in a folder that is removed again); `settings` is there only where the root was made with others than are given. What is wrong with the host becomes a failed check and never an error.
 */
export async function probeRoot(request: ProbeRequest): Promise<ProbeReport> {
  const { driver, options, settings: known = [] } = request;
  const { root } = checkOpenOptions(options, { driver, known });
  const filesystem = filesystemOf(root);
  const checks: ProbeCheck[] = [checkPrivileges(), checkFilesystem(filesystem, request), ...checkRoot(request, root)];
  if (checks.every(({ passed }) => passed)) checks.push(...(await tryOut(root, filesystem, request)));
  const usable = checks.every(({ passed, required }) => passed || !required);
  return {
    driver,
    usable,
    checks,
    filesystem: filesystem.name,
    priorState: hasLayers(root, driver),
    capabilities: usable ? request.capabilities({ filesystem }) : null,
  };
}

/**
 * Refuses to open a root for what a look can tell, and needs no trying out: so that a full disk keeps nobody from opening it.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `UNSUITABLE_FILESYSTEM`
 */
export function requireSuitable(request: Pick<ProbeRequest, 'driver' | 'options' | 'unsuitable'>): void {
  const { driver, options } = request;
  const root = resolve(options.root);
  const found = [
    ['PERMISSION_DENIED', checkPrivileges()],
    ['UNSUITABLE_FILESYSTEM', checkFilesystem(filesystemOf(root), request)],
  ] as const;
  for (const [code, { passed, why, remedy }] of found) {
    if (!passed)
      throw new StorageError(
        code,
        `${driver} does not work on ${root}: ${why}`,
        remedy === undefined ? {} : { hint: remedy },
      );
  }
}

function checkPrivileges(): ProbeCheck {
  const missing = PRIVILEGES.filter(([privilege]) => !hasPrivilege(privilege));
  const check = { check: 'privileges', required: true };
  if (missing.length === 0)
    return { ...check, passed: true, why: 'The process has all capabilities that layers need.' };
  const named = missing.map(([privilege, purpose]) => `CAP_${privilege.toUpperCase()} (${purpose})`).join(', ');
  return {
    ...check,
    passed: false,
    why: `The process lacks ${named}.`,
    remedy: 'Run as root, with these capabilities.',
  };
}

function checkFilesystem(filesystem: Filesystem, request: Pick<ProbeRequest, 'unsuitable'>): ProbeCheck {
  const check = { check: 'filesystem', required: true };
  const against = request.unsuitable(filesystem);
  if (against !== null) return { ...check, passed: false, ...against };
  return { ...check, passed: true, why: `The root is on ${filesystem.name}.` };
}

/** Nothing where all is well, which it is wherever nobody gives settings. */
function checkRoot({ driver, options, settings = [] }: ProbeRequest, root: string): readonly ProbeCheck[] {
  try {
    settingsOf({ driver, root, settings: options.settings, known: settings });
    return [];
  } catch (error) {
    // What else is wrong with a root says who opens it.
    if (!isStorageError(error, 'UNSUPPORTED')) return unlessMistaken(error);
    const { message: why, hint: remedy = 'Open it without settings.' } = error;
    return [{ check: 'settings', required: true, passed: false, why, remedy }];
  }
}

function unlessMistaken(error: unknown): readonly ProbeCheck[] {
  if (isStorageError(error)) return [];
  throw error;
}

async function tryOut(root: string, filesystem: Filesystem, request: ProbeRequest): Promise<readonly ProbeCheck[]> {
  const above = nearestAncestor(root);
  let folder: string;
  try {
    faultPoint('mkdir', above);
    folder = mkdtempSync(join(above, '.graphdriver-probe-'));
  } catch (error) {
    const why = `No directory can be made in ${above}: ${reason(error)}.`;
    return [
      {
        check: 'root',
        required: true,
        passed: false,
        why,
        remedy: 'Choose a root on a file system that can be written to.',
      },
    ];
  }
  try {
    return await tryIn(folder, root, filesystem, request);
  } finally {
    await removeTree(folder);
  }
}

async function tryIn(
  folder: string,
  root: string,
  filesystem: Filesystem,
  request: ProbeRequest,
): Promise<readonly ProbeCheck[]> {
  const creatable: ProbeCheck = {
    check: 'root',
    required: true,
    passed: true,
    why: existsSync(root) ? `${root} can be written to.` : `${root} can be made.`,
  };
  let mounter: Mounter;
  try {
    mounter = createMounter(request.options.mountWith);
    await tryBind(folder, mounter);
  } catch (error) {
    return [creatable, mountFailed(error)];
  }
  const mounts: ProbeCheck = {
    check: 'mount',
    required: true,
    passed: true,
    why: `A bind mount works, by ${mounter.route === 'syscall' ? 'system calls' : 'the mount command'}.`,
  };
  const more = (await request.more?.({ folder, mounter, filesystem })) ?? [];
  return [creatable, mounts, ...more];
}

/** Mounts a folder on another one, and looks through it. */
async function tryBind(folder: string, mounter: Mounter): Promise<void> {
  const [source, target] = [join(folder, 'source'), join(folder, 'target')];
  makeDirectory(join(source), 0o755);
  makeDirectory(join(source, 'seen'), 0o755);
  makeDirectory(target, 0o755);
  await mounter.bind(source, target, ['ro']);
  try {
    if (!isMountPoint(target) || !existsSync(join(target, 'seen'))) throw new Error('the mount shows nothing');
  } finally {
    await mounter.unmount(target, { detach: true });
  }
}

function mountFailed(error: unknown): ProbeCheck {
  const hint = isStorageError(error) ? error.hint : undefined;
  const why = `A bind mount fails: ${reason(error)}`;
  return {
    check: 'mount',
    required: true,
    passed: false,
    why,
    remedy: hint ?? 'Run outside a container, or in one that may mount.',
  };
}

function nearestAncestor(path: string): string {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

/** Whether a root holds layers of a driver already: always looked at afresh. */
export function hasLayers(root: string, driver: string): boolean {
  const layout = bookLayout(root);
  try {
    return readFormat(layout)?.driver === driver && readdirSync(layout.records).length > 0;
  } catch {
    // A root that a later release wrote, or that is broken, holds layers all the same: opening it says what is wrong.
    return existsSync(layout.format) && existsSync(layout.records);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
