import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { StoreError } from '../store-error.ts';
import { resolveInRoot } from './root-path.ts';

/** Whom a process runs as. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** Beside `gid`, in rising order. */
  readonly groups: readonly number[];
  readonly home: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const MAX_ID = 2 ** 32 - 2;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Looks up `user` in the container's own files, of which none need exist for numbers.
 *
 * @throws {StoreError} `RUNTIME_FAILED` for a name that is not there, and for a number out of range
 */
export function userInRoot(rootfs: string, user: string): ContainerUser {
  return resolveUser(user, readInRoot(rootfs, '/etc/passwd'), readInRoot(rootfs, '/etc/group'));
}

/**
 * The meaning of `name`, `uid`, `name:group` and so on: Docker's rules.
 *
 * The user's own group and the groups that list the user are taken along, but only the named one where a group is named.
 *
 * @throws {StoreError} `RUNTIME_FAILED`
 */
export function resolveUser(user: string, passwd: string, group: string): ContainerUser {
  const [userPart = '', groupPart, ...more] = user.split(':');
  if (more.length > 0) throw unknown('user', user);
  const entry = findUser(userPart === '' ? '0' : userPart, passwd);
  const groups = parseGroup(group);
  if (groupPart !== undefined && groupPart !== '')
    return { uid: entry.uid, gid: findGroup(groupPart, groups), groups: [], home: entry.home };
  const listed = groups.filter(({ members }) => members.includes(entry.name)).map(({ gid }) => gid);
  const others = [...new Set(listed)].filter((gid) => gid !== entry.gid).sort((a, b) => a - b);
  return { uid: entry.uid, gid: entry.gid, groups: others, home: entry.home };
}

function findUser(wanted: string, passwd: string): PasswdEntry {
  const entries = parsePasswd(passwd);
  // A name of digits is a name first, as for chown(1).
  const uid = idOf(wanted);
  const found = entries.find(({ name }) => name === wanted) ?? entries.find((entry) => entry.uid === uid);
  if (found !== undefined) return found;
  if (uid === undefined) throw unknown('user', wanted);
  return { name: '', uid, gid: 0, home: uid === 0 ? '/root' : '/' };
}

function findGroup(wanted: string, groups: readonly GroupEntry[]): number {
  const gid = groups.find(({ name }) => name === wanted)?.gid ?? idOf(wanted);
  if (gid === undefined) throw unknown('group', wanted);
  return gid;
}

function idOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}

function parsePasswd(text: string): PasswdEntry[] {
  return records(text).flatMap(([name = '', , uidText, gidText, , home = '']) => {
    const [uid, gid] = [idOf(uidText), idOf(gidText)];
    if (name === '' || uid === undefined || gid === undefined) return [];
    return [{ name, uid, gid, home: home.startsWith('/') ? home : '/' }];
  });
}

function parseGroup(text: string): GroupEntry[] {
  return records(text).flatMap(([name = '', , gidText, members = '']) => {
    const gid = idOf(gidText);
    return name === '' || gid === undefined ? [] : [{ name, gid, members: members.split(',').filter(Boolean) }];
  });
}

function records(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(':'));
}

/** A file of the container, or nothing where there is none. What stands there must not make the host wait or run out of memory. */
function readInRoot(rootfs: string, path: string): string {
  const { host, stat } = resolveInRoot(rootfs, path);
  if (stat === undefined) return '';
  const fd = openSync(host, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile() || size > MAX_BYTES)
      throw new StoreError('RUNTIME_FAILED', `${path} of the container is no file that could list its users.`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function unknown(what: 'user' | 'group', wanted: string): StoreError {
  return new StoreError('RUNTIME_FAILED', `The container has no ${what} ${wanted}.`, {
    hint: `Name one that its /etc/${what === 'user' ? 'passwd' : 'group'} lists, or give a number.`,
    details: { [what]: wanted, exitCode: 125 },
  });
}
