import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '@graphdriver/host';
import { StoreError } from '../store-error.ts';

/** Where a path of a container lies on the host. */
export interface RootPath {
  /** The path with all links resolved, as the container would name it. */
  readonly visible: string;
  /** The same place on the host. No component of it is a link, the last one neither. */
  readonly host: string;
  /** What lies there; `undefined` where nothing does. */
  readonly stat: Stats | undefined;
  /** How many of the last components of `visible` do not exist. */
  readonly missing: number;
}

/** What a container sees at `target` instead of its root's files. Both are resolved paths. */
export interface Covering {
  readonly target: string;
  readonly source: string;
}

// As the kernel, path_resolution(7).
const MAX_LINKS = 40;

/**
 * Finds a path as a process would whose root is `root`: absolute links start there, and `..` ends there.
 *
 * The answer holds for as long as nobody changes the tree. Of `coverings` the later ones lie on top.
 *
 * @throws {StoreError} `RUNTIME_FAILED` for a path through a file, or through too many links
 */
export function resolveInRoot(root: string, path: string, coverings: readonly Covering[] = []): RootPath {
  let visible: string[] = [];
  const pending = components(path);
  let links = 0;
  let stat = lookAt(root);
  let missing = 0;
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    if (next === '..') {
      visible.pop();
      missing = Math.max(0, missing - 1);
      stat = missing > 0 ? undefined : lookAt(hostPath(root, visible, coverings));
      continue;
    }
    if (stat !== undefined && !stat.isDirectory()) throw unresolvable(path, 'it leads through a file');
    visible.push(next);
    const host = hostPath(root, visible, coverings);
    stat = missing > 0 ? undefined : lookAt(host);
    if (stat === undefined) missing += 1;
    if (stat?.isSymbolicLink() !== true) continue;
    links += 1;
    if (links > MAX_LINKS) throw unresolvable(path, 'it leads through too many links');
    const target = readlinkSync(host);
    visible = target.startsWith('/') ? [] : visible.slice(0, -1);
    pending.unshift(...components(target));
    stat = lookAt(hostPath(root, visible, coverings));
  }
  return { visible: `/${visible.join('/')}`, host: hostPath(root, visible, coverings), stat, missing };
}

function components(path: string): string[] {
  if (path.includes('\0')) throw unresolvable(path, 'it has a zero byte');
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function hostPath(root: string, visible: readonly string[], coverings: readonly Covering[]): string {
  const path = `/${visible.join('/')}`;
  const covering = coverings.findLast(({ target }) => path === target || path.startsWith(`${target}/`));
  if (covering === undefined) return join(root, ...visible);
  return join(covering.source, path.slice(covering.target.length));
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function unresolvable(path: string, why: string): StoreError {
  return new StoreError('RUNTIME_FAILED', `${path} cannot be found in the container, for ${why}.`, {
    details: { path },
  });
}
