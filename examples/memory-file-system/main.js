// A file system in memory: directories and files, made, written, read and removed.
// Run it as root: node examples/memory-file-system/main.js /mnt
import { errno, FuseServer } from '@graphdriver/fuse';

const nodes = new Map(); // by id; the root is 1
const times = { atime: 0, atimeNs: 0, mtime: 0, mtimeNs: 0, ctime: 0, ctimeNs: 0 };

function attributesOf({ id, mode, uid, gid, data }) {
  return { ino: id, size: data.length, blocks: 0, mode, links: 1, uid, gid, rdev: 0, blockSize: 0, ...times };
}

function make(mode, { uid, gid }) {
  const node = { id: nodes.size + 1, mode, uid, gid, data: Buffer.alloc(0), names: new Map() };
  nodes.set(node.id, node);
  return node;
}

function add(parent, name, mode, owner) {
  const node = make(mode, owner);
  nodes.get(parent).names.set(name, node);
  return entryOf(node);
}

function entryOf(node) {
  return { node: node.id, attributes: attributesOf(node), entryTimeout: 60, attributeTimeout: 60 };
}

function resize(node, size) {
  const more = Buffer.alloc(Math.max(0, size - node.data.length));
  node.data = Buffer.concat([node.data, more]).subarray(0, size);
}

/** @type {import('@graphdriver/fuse').FileSystem} */
const fileSystem = {
  lookup(parent, name) {
    const node = nodes.get(parent).names.get(name);
    return node === undefined ? errno('ENOENT') : entryOf(node);
  },
  getattr: (id) => ({ attributes: attributesOf(nodes.get(id)), attributeTimeout: 60 }),
  setattr(id, { size }) {
    if (size !== undefined) resize(nodes.get(id), size);
    return { attributes: attributesOf(nodes.get(id)), attributeTimeout: 60 };
  },
  mkdir: (parent, { name, mode }, owner) => add(parent, name, 0o040000 | mode, owner),
  mknod: (parent, { name, mode }, owner) => add(parent, name, mode, owner),
  unlink: (parent, name) => void nodes.get(parent).names.delete(name),
  rmdir(parent, name) {
    if (nodes.get(parent).names.get(name).names.size > 0) return errno('ENOTEMPTY');
    nodes.get(parent).names.delete(name);
  },
  readdir(id, { offset, entries }) {
    for (const [index, [name, node]] of [...nodes.get(id).names].entries())
      if (index >= offset && !entries.add(name, node.id, node.mode >> 12, index + 1)) return;
  },
  read: (id, { offset, size, into }) => nodes.get(id).data.copy(into, 0, offset, offset + size),
  write(id, { offset, data }) {
    resize(nodes.get(id), Math.max(nodes.get(id).data.length, offset + data.length));
    return data.copy(nodes.get(id).data, offset);
  },
};

make(0o040755, { uid: process.getuid(), gid: process.getgid() });
const mount = await new FuseServer().mount(fileSystem, { target: process.argv[2] ?? '/mnt', source: 'memory' });
console.log(`mounted on ${mount.target}: umount it to end this`);
await mount.ended;
