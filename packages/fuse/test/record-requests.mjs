// Records what the kernel of this machine really sends, one request of each kind, as test/fixtures/requests.json has it.
// As root: node test/record-requests.mjs > test/fixtures/requests.json
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseServer, OPCODES } from '@graphdriver/fuse';
import { FuseDevice, kernelRelease, run } from '@graphdriver/host';
import { MemoryFileSystem } from './memory-file-system.mjs';

const names = new Map(Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]));
const recorded = new Map();
const read = FuseDevice.prototype.read;
FuseDevice.prototype.read = function (into) {
  const length = read.call(this, into);
  if (length > 0) recorded.set(names.get(into.readUInt32LE(4)), into.toString('hex', 0, length));
  return length;
};

const target = mkdtempSync(join(tmpdir(), 'fuse-record-'));
const server = new FuseServer();
const features = { remoteFlock: true, killPrivileges: true, readdirplus: 'auto' };
await server.mount(new MemoryFileSystem({ timeout: 0 }), { target, features });
// Not by `cwd`: this process would wait for the new one, which would wait for this one to answer.
const script = `cd ${target}
  mkdir dir; echo hello > file; echo more >> file; cat file; ln -s some/where link; readlink link; ln file other; mkfifo fifo
  mv other dir/moved; mv -n fifo dir/fifo; chmod 640 file; touch -d @1000000000.5 file; truncate -s 3 file; chown 12:34 file
  ls -l; ls -l dir; cp file copy; fallocate -l 5000 copy; cp --sparse=always copy sparse; rm copy; rmdir dir; rm dir/*; rmdir dir
  sync file; df . ; getfacl file; mknod node c 1 3; flock file true; exec 3< file; flock -n 3; exec 3<&-; rm file`;
await run('sh', ['-c', script], { okExitCodes: [0, 1, 2, 127] });
const python = `
import os, fcntl
os.chdir('${target}')
os.setxattr('node', 'trusted.x', b'value'); os.getxattr('node', 'trusted.x'); os.listxattr('node'); os.removexattr('node', 'trusted.x')
fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600); os.write(fd, b'data'); os.fsync(fd); os.lseek(fd, 0, os.SEEK_HOLE)
fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5); fcntl.fcntl(fd, fcntl.F_GETLK, b'\\0' * 32)
other = os.open('f', os.O_CREAT | os.O_RDWR | os.O_TRUNC); os.copy_file_range(fd, other, 4, 0, 0); os.sync()
d = os.open('.', os.O_RDONLY); os.fsync(d)`;
await run('python3', ['-c', python]);
await server.close();
rmdirSync(target);
const requests = Object.fromEntries([...recorded].sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(
  `${JSON.stringify({ kernel: kernelRelease().replace(/^(\d+\.\d+).*/, '$1'), requests }, null, 2)}\n`,
);
