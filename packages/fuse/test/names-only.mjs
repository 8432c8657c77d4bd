/** A root directory whose files are numbered from 2 on and hold their name. */
export function namesOnly(names, timeout = 0) {
  const of = (node) => (node === 1 ? attributes(1, 0o40755) : attributes(node, 0o100644, names[node - 2]?.length ?? 0));
  return {
    getattr: (node) => ({ attributes: of(node), attributeTimeout: timeout }),
    lookup: (_parent, name) => {
      const node = names.indexOf(name) + 2;
      if (node === 1) return { node: 0, entryTimeout: timeout };
      return { node, attributes: of(node), entryTimeout: timeout, attributeTimeout: timeout };
    },
    readdir: (_node, { offset, entries }) => {
      for (const [index, name] of names.entries())
        if (index >= offset && !entries.add(name, index + 2, 8, index + 1)) return;
    },
    read: (node, { offset, size }) => Buffer.from(names[node - 2] ?? '').subarray(offset, offset + size),
  };
}

/** Attributes of a node that nobody changes. */
export function attributes(ino, mode, size = 0) {
  const times = { atime: 1, atimeNs: 0, mtime: 2, mtimeNs: 0, ctime: 3, ctimeNs: 0 };
  return { ino, mode, size, blocks: 0, links: 1, uid: 0, gid: 0, rdev: 0, blockSize: 4096, ...times };
}
