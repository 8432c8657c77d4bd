import { readFileSync } from 'node:fs';
import { isStorageError } from '@graphdriver/core';
import type { CheckedOptions } from '@graphdriver/driver-kit';
import {
  canReflink,
  createMounter,
  filesystemOf,
  hasPrivilege,
  isErrno,
  type Mounter,
  type Privilege,
} from '@graphdriver/host';
import { tryTimestamps, tryUpperFilesystem } from './filesystem-trial.ts';
import { readOverlayFeatures } from './kernel-features.ts';
import type { OverlaySettings } from './options.ts';
import { type OverlayBehaviour, tryOverlay } from './overlay-trial.ts';
import { type ProjectAbility, tryProjects } from './quota-trial.ts';
import { openTrialRoom, type TrialRoom } from './trial-room.ts';

/** Why something that was tried did not work. */
export interface Obstacle {
  /** An errno name, or the code of a `StorageError`. */
  readonly code: string;
  readonly message: string;
  /** The system call that failed, where that is known. */
  readonly call?: string;
}

/** What was found out about this host and root, before anything is made of it. `null` for what was not reached. */
export interface HostFacts {
  readonly filesystem: string;
  /** Redirects were asked for, by the root's setting `redirect_dir`. */
  readonly redirects: boolean;
  /** Overlay's marks are in `user.overlay.*`: by the root's setting, or because the kernel takes no others from here. */
  readonly userxattr: boolean;
  /** Capabilities that this process lacks, as in `sys_admin`. */
  readonly missingPrivileges: readonly Privilege[];
  /** The kernel lists overlay among its file systems, after it was asked for one. */
  readonly kernelHasOverlay: boolean;
  /** What is in the way of making a directory to try things in. */
  readonly roomObstacle: Obstacle | null;
  /** What is in the way of using the file system under the root, apart from mounting. */
  readonly filesystemObstacle: Obstacle | null;
  readonly mountObstacle: Obstacle | null;
  /** Why nothing could be tried although nothing speaks against it: the disk is full. What follows is then what is usual. */
  readonly noSpace: Obstacle | null;
  readonly behaviour: OverlayBehaviour | null;
  readonly volatile: boolean;
  readonly reflink: boolean;
  /** What the file system does with projects, by which layers get quotas. */
  readonly projects: ProjectAbility;
  /** Nanoseconds. */
  readonly timestampGranularity: number;
}

/** To be changed with {@link HostFacts}, with what is tried, and with what is reported of it: facts that were remembered are then forgotten. */
export const FACTS_FORMAT = 1;

/** What the driver does that an ordinary user may not: mounts, whiteouts, trusted attributes, files of any owner. */
const NEEDED: readonly Privilege[] = ['sys_admin', 'mknod', 'chown', 'fowner', 'fsetid', 'dac_override', 'setfcap'];

const NO_SPACE: readonly string[] = ['ENOSPC', 'EDQUOT', 'OUT_OF_SPACE', 'QUOTA_EXCEEDED'];

type Seen = Omit<HostFacts, 'filesystem' | 'redirects' | 'missingPrivileges' | 'kernelHasOverlay'>;

const NOTHING_SEEN: Seen = {
  userxattr: false,
  roomObstacle: null,
  filesystemObstacle: null,
  mountObstacle: null,
  noSpace: null,
  behaviour: null,
  volatile: false,
  reflink: false,
  projects: 'none',
  timestampGranularity: 1,
};

/** What overlay does by the driver's mount options since Linux 4.19, on file systems that can be exported. */
const USUAL: OverlayBehaviour = {
  mergesLowers: true,
  copiesUp: true,
  leavesWhiteouts: true,
  hidesWhiteouts: true,
  marksOpaque: true,
  refusesRedirects: true,
  copiesWholeFiles: true,
  keepsNoIndex: true,
  showsOneDevice: true,
  keepsInodes: true,
  sharesOpenFiles: true,
};

/** Tries everything out beside or in the root, and leaves nothing behind. Costs a mount. Never throws for what the host lacks. */
export async function lookAtHost(options: CheckedOptions, settings: OverlaySettings): Promise<HostFacts> {
  const missingPrivileges = NEEDED.filter((privilege) => !hasPrivilege(privilege));
  const seen = missingPrivileges.length > 0 ? NOTHING_SEEN : assumeWhereFull(await tryOut(options, settings), settings);
  return {
    ...seen,
    filesystem: filesystemOf(options.root).name,
    redirects: settings.redirects,
    missingPrivileges,
    kernelHasOverlay: /\toverlay$/m.test(readFileSync('/proc/filesystems', 'latin1')),
  };
}

/** A full disk must not keep anybody from opening the root: removing layers is how to make space. */
function assumeWhereFull(seen: Seen, settings: OverlaySettings): Seen {
  const obstacles = [seen.roomObstacle, seen.filesystemObstacle, seen.mountObstacle];
  const noSpace = obstacles.find((obstacle) => obstacle !== null && NO_SPACE.includes(obstacle.code)) ?? null;
  if (noSpace === null) return seen;
  const behaviour = { ...USUAL, refusesRedirects: !settings.redirects };
  const userxattr = settings.userxattr ?? inUserNamespace();
  return {
    ...NOTHING_SEEN,
    userxattr,
    noSpace,
    behaviour,
    volatile: readOverlayFeatures().volatile,
    projects: 'keeps',
  };
}

/** The first user namespace shows all ids as themselves. */
function inUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295$/m.test(readFileSync('/proc/self/uid_map', 'latin1'));
}

async function tryOut(options: CheckedOptions, settings: OverlaySettings): Promise<Seen> {
  const mounter = createMounter(options.mountWith);
  let room: TrialRoom;
  try {
    room = await openTrialRoom(options.root, mounter);
  } catch (error) {
    return { ...NOTHING_SEEN, roomObstacle: obstacleOf(error) };
  }
  try {
    return { ...NOTHING_SEEN, ...(await tryIn(room.path, mounter, settings)) };
  } finally {
    await room[Symbol.asyncDispose]();
  }
}

async function tryIn(room: string, mounter: Mounter, settings: OverlaySettings): Promise<Partial<Seen>> {
  let userxattr: boolean;
  let projects: ProjectAbility;
  try {
    userxattr = tryUpperFilesystem(room, settings.userxattr);
    projects = tryProjects(room);
  } catch (error) {
    return { filesystemObstacle: obstacleOf(error) };
  }
  const seen = { userxattr, projects, timestampGranularity: tryTimestamps(room), reflink: canReflink(room) };
  try {
    return { ...seen, ...(await tryOverlay(room, mounter, { redirects: settings.redirects, userxattr })) };
  } catch (error) {
    return { ...seen, mountObstacle: obstacleOf(error) };
  }
}

/** @throws what is neither a failed call nor a refusal, and so a mistake of ours */
function obstacleOf(error: unknown): Obstacle {
  if (isErrno(error)) return { code: error.code, message: error.message, call: error.syscall };
  if (isStorageError(error)) return { code: error.code, message: error.message };
  throw error;
}
