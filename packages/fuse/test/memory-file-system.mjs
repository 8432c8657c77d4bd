import { errno } from '@graphdriver/fuse';

// A file system in memory with everything that the interface has, as plain as can be: it is what the tests of the server stand on.
const [DIRECTORY, REGULAR, SYMLINK, CHARACTER, TYPE] = [0o040000, 0o100000, 0o120000, 0o020000, 0o170000];
const O_TRUNC = 0o1000;
const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;

/** Every method of a file system, on maps and buffers. `timeout` is how long the kernel may believe what it is told. */
export class MemoryFileSystem {
  session;
  destroyed = 0;
  /** Node ids that the kernel has forgotten. */
  forgotten = [];
  /** Handles that are open. */
  handles = new Map();
  #nodes = new Map();
  #next = 2;
  #nextHandle = 1;
  #timeout;

  constructor({ timeout = 1 } = {}) {
    this.#timeout = timeout;
    this.#nodes.set(1, node(1, DIRECTORY | 0o755, { uid: 0, gid: 0 }));
  }

  init = (session) => {
    this.session = session;
  };
  destroy = () => {
    this.destroyed += 1;
  };

  lookup = (parent, name) => {
    if (name.length > 255) return errno('ENAMETOOLONG');
    const found = this.#node(parent).children.get(name);
    return found === undefined ? { node: 0, entryTimeout: this.#timeout } : this.#entry(found);
  };
  forget = (id, lookups) => {
    const found = this.#node(id);
    found.lookups -= lookups;
    if (found.lookups > 0) return;
    this.forgotten.push(id);
    if (found.links === 0) this.#nodes.delete(id);
  };

  getattr = (id) => this.#attributes(this.#node(id));
  setattr = (id, request) => {
    const found = this.#node(id);
    const now = Date.now();
    if (request.size !== undefined) {
      resize(found, request.size);
      found.mtime = found.ctime = time(now);
    }
    if (request.mode !== undefined) found.mode = (found.mode & TYPE) | (request.mode & 0o7777);
    if (request.uid !== undefined) found.uid = request.uid;
    if (request.gid !== undefined) found.gid = request.gid;
    if (request.killSuidGid) killSuidGid(found);
    for (const which of ['atime', 'mtime']) {
      if (request[which] !== undefined) found[which] = request[which] === 'now' ? time(now) : request[which];
    }
    return this.#attributes(found);
  };
  readlink = (id) => this.#node(id).target;
  statfs = () => ({
    blocks: 1000,
    freeBlocks: 900,
    availableBlocks: 800,
    files: 100,
    freeFiles: 90,
    blockSize: 4096,
    nameLength: 255,
  });

  mknod = (parent, { name, mode, rdev }, context) => this.#make(parent, name, mode, context, { rdev });
  mkdir = (parent, { name, mode }, context) => this.#make(parent, name, DIRECTORY | mode, context);
  symlink = (parent, { name, target }, context) => this.#make(parent, name, SYMLINK | 0o777, context, { target });
  unlink = (parent, name) => {
    this.#drop(parent, name);
  };
  rmdir = (parent, name) => {
    if (this.#child(parent, name).children.size > 0) return errno('ENOTEMPTY');
    this.#drop(parent, name);
    this.#node(parent).links -= 1;
  };
  link = (newParent, request) => {
    const found = this.#node(request.node);
    if (this.#node(newParent).children.has(request.newName)) return errno('EEXIST');
    this.#node(newParent).children.set(request.newName, found);
    found.links += 1;
    return this.#entry(found);
  };
  rename = (parent, { name, newParent, newName, noReplace, exchange, whiteout }) => {
    const [from, to] = [this.#node(parent).children, this.#node(newParent).children];
    const [moved, replaced] = [this.#child(parent, name), to.get(newName)];
    if (noReplace && replaced !== undefined) return errno('EEXIST');
    if (exchange) {
      if (replaced === undefined) return errno('ENOENT');
      from.set(name, replaced);
      to.set(newName, moved);
      return;
    }
    if (replaced?.children.size > 0) return errno('ENOTEMPTY');
    if (replaced !== undefined) this.#drop(newParent, newName);
    from.delete(name);
    to.set(newName, moved);
    if (whiteout) from.set(name, this.#add(node(0, CHARACTER, { uid: 0, gid: 0 })));
  };

  open = (id, { flags, killSuidGid: kill }) => {
    const found = this.#node(id);
    if ((flags & O_TRUNC) !== 0) resize(found, 0);
    if (kill) killSuidGid(found);
    return this.#opened(found);
  };
  create = (parent, { name, mode }, context) => {
    const entry = this.#make(parent, name, REGULAR | mode, context);
    return { entry, open: this.#opened(this.#node(entry.node)) };
  };
  tmpfile = (_parent, { mode }, context) => {
    const made = this.#add(node(0, mode, context));
    made.links = 0;
    return { entry: this.#entry(made), open: this.#opened(made) };
  };
  read = (id, { offset, size, into }) => this.#node(id).data.copy(into, 0, offset, offset + size);
  write = (id, { offset, data, killSuidGid: kill }) => {
    const found = this.#node(id);
    if (offset + data.length > found.data.length) resize(found, offset + data.length);
    data.copy(found.data, offset);
    addRun(found, offset, offset + data.length);
    if (kill) killSuidGid(found);
    found.mtime = found.ctime = time(Date.now());
    return data.length;
  };
  release = (id, { handle, unlockFlock, lockOwner }) => {
    this.handles.delete(handle);
    if (unlockFlock) this.#unlock(id, lockOwner);
  };
  fsync = () => undefined;
  flush = (id, { lockOwner }) => {
    this.#unlock(id, lockOwner);
  };
  fallocate = (id, { offset, length, mode }) => {
    const found = this.#node(id);
    if ((mode & ~(KEEP_SIZE | PUNCH_HOLE)) !== 0) return errno('EOPNOTSUPP');
    if ((mode & PUNCH_HOLE) !== 0) {
      found.data.fill(0, offset, offset + length);
      cutRun(found, offset, offset + length);
    } else if ((mode & KEEP_SIZE) === 0 && offset + length > found.data.length) resize(found, offset + length);
    return undefined;
  };
  lseek = (id, { offset, whence }) => {
    const { data, runs } = this.#node(id);
    if (offset >= data.length) return errno('ENXIO');
    const inside = runs.find(([from, to]) => from <= offset && offset < to);
    if (whence === 'data')
      return inside === undefined ? (runs.find(([from]) => from > offset)?.[0] ?? errno('ENXIO')) : offset;
    return inside === undefined ? offset : Math.min(inside[1], data.length);
  };
  copyFileRange = (id, { offset, toNode, toOffset, length }) => {
    const data = this.#node(id).data.subarray(offset, Math.min(offset + length, this.#node(id).data.length));
    return this.write(toNode, { offset: toOffset, data, killSuidGid: false });
  };

  opendir = (id) => {
    const handle = this.#nextHandle++;
    this.handles.set(handle, [...this.#node(id).children]);
    return { handle };
  };
  releasedir = (_id, { handle }) => {
    this.handles.delete(handle);
  };
  fsyncdir = () => undefined;
  readdir = (_id, { handle, offset, entries }) => {
    for (const [index, [name, child]] of this.handles.get(handle).entries()) {
      if (index >= offset && !entries.add(name, child.id, child.mode >> 12, index + 1)) return;
    }
  };
  readdirplus = (_id, { handle, offset, entries }) => {
    for (const [index, [name, child]] of this.handles.get(handle).entries()) {
      if (index < offset) continue;
      if (!entries.fits(name.length)) return;
      entries.addEntry(name, this.#entry(child), index + 1);
    }
  };

  getxattr = (id, name) => this.#node(id).xattrs.get(name) ?? errno('ENODATA');
  listxattr = (id) => [...this.#node(id).xattrs.keys()];
  removexattr = (id, name) => (this.#node(id).xattrs.delete(name) ? undefined : errno('ENODATA'));
  setxattr = (id, { name, value, create, replace }) => {
    const { xattrs } = this.#node(id);
    if (create && xattrs.has(name)) return errno('EEXIST');
    if (replace && !xattrs.has(name)) return errno('ENODATA');
    xattrs.set(name, Buffer.from(value));
    return undefined;
  };

  getlk = (id, { owner, lock }) =>
    this.#node(id).locks.find((held) => conflicts(held, owner, lock))?.lock ?? { ...lock, type: 'unlock' };
  setlk = async (id, { owner, lock, wait }, context) => {
    const found = this.#node(id);
    while (lock.type !== 'unlock' && found.locks.some((held) => conflicts(held, owner, lock))) {
      if (!wait) throw errno('EAGAIN');
      if (context.signal.aborted) throw errno('EINTR');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    found.locks = found.locks.filter((held) => held.owner !== owner);
    if (lock.type !== 'unlock') found.locks.push({ owner, lock });
  };

  #unlock(id, owner) {
    const found = this.#node(id);
    found.locks = found.locks.filter((held) => held.owner !== owner);
  }
  #node(id) {
    const found = this.#nodes.get(id);
    if (found === undefined) throw errno('ESTALE');
    return found;
  }
  #child(parent, name) {
    const found = this.#node(parent).children.get(name);
    if (found === undefined) throw errno('ENOENT');
    return found;
  }
  #add(made) {
    made.id = this.#next++;
    this.#nodes.set(made.id, made);
    return made;
  }
  #make(parent, name, mode, context, more = {}) {
    const { children } = this.#node(parent);
    if (children.has(name)) throw errno('EEXIST');
    const made = this.#add(node(0, mode, context, more));
    children.set(name, made);
    if ((mode & TYPE) === DIRECTORY) this.#node(parent).links += 1;
    return this.#entry(made);
  }
  #drop(parent, name) {
    const found = this.#child(parent, name);
    this.#node(parent).children.delete(name);
    found.links -= (found.mode & TYPE) === DIRECTORY ? 2 : 1;
    if (found.links === 0 && found.lookups === 0) this.#nodes.delete(found.id);
  }
  #opened(found) {
    const handle = this.#nextHandle++;
    this.handles.set(handle, found);
    return { handle, keepCache: true };
  }
  #entry(found) {
    found.lookups += 1;
    return { node: found.id, entryTimeout: this.#timeout, ...this.#attributes(found) };
  }
  #attributes({ id, mode, uid, gid, links, rdev, data, target, runs, atime, mtime, ctime }) {
    const blocks = Math.ceil(runs.reduce((sum, [from, to]) => sum + to - from, 0) / 512);
    return {
      attributeTimeout: this.#timeout,
      attributes: {
        ...{ ino: id, size: target?.length ?? data.length, blocks, mode, links, uid, gid, rdev, blockSize: 4096 },
        ...{ atime: atime.seconds, mtime: mtime.seconds, ctime: ctime.seconds },
        ...{ atimeNs: atime.nanoseconds, mtimeNs: mtime.nanoseconds, ctimeNs: ctime.nanoseconds },
      },
    };
  }
}

function node(id, mode, { uid, gid }, { rdev = 0, target } = {}) {
  const now = time(Date.now());
  const links = (mode & TYPE) === DIRECTORY ? 2 : 1;
  return {
    ...{ id, mode, uid, gid, rdev, target, links, lookups: 0, atime: now, mtime: now, ctime: now },
    ...{ children: new Map(), xattrs: new Map(), data: Buffer.alloc(0), runs: [], locks: [] },
  };
}

function time(milliseconds) {
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: (milliseconds % 1000) * 1_000_000 };
}

function resize(found, size) {
  if (size > 1 << 28) throw errno('EFBIG');
  const data = Buffer.alloc(size);
  found.data.copy(data);
  found.data = data;
  cutRun(found, size, Number.MAX_SAFE_INTEGER);
}

function killSuidGid(found) {
  found.mode &= (found.mode & 0o010) === 0 ? ~0o4000 : ~0o6000;
}

/** Where data was written, as pairs in order: everything between is a hole. */
function addRun(found, from, to) {
  cutRun(found, from, to);
  const runs = [...found.runs, [from, to]].sort(([a], [b]) => a - b);
  found.runs = runs.reduce((merged, run) => {
    const last = merged.at(-1);
    if (last !== undefined && last[1] === run[0]) last[1] = run[1];
    else merged.push([...run]);
    return merged;
  }, []);
}

function cutRun(found, from, to) {
  found.runs = found.runs.flatMap(([start, end]) =>
    [
      [start, Math.min(end, from)],
      [Math.max(start, to), end],
    ].filter(([a, b]) => a < b),
  );
}

function conflicts(held, owner, lock) {
  if (held.owner === owner || (held.lock.type === 'read' && lock.type === 'read')) return false;
  return held.lock.start <= lock.end && lock.start <= held.lock.end;
}
