// Serves a file system in memory in a process of its own, so that a test can use it by calls that block.
// node memory-server.mjs '{"target":"/mnt", ...}' -- then one JSON answer per line of standard input: "counters", "state", "unmount".
import { createInterface } from 'node:readline';
import { FuseServer } from '@graphdriver/fuse';
import { MemoryFileSystem } from './memory-file-system.mjs';

const { targets, timeout, server: serverOptions, ...options } = JSON.parse(process.argv[2]);
const defects = [];
const server = new FuseServer({
  ...serverOptions,
  onError: (error, operation) => defects.push(`${operation}: ${error}`),
});
const systems = targets.map(() => new MemoryFileSystem({ timeout }));
const mounts = [];
for (const [index, target] of targets.entries())
  mounts.push(await server.mount(systems[index], { ...options, target }));
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
say(mounts.map(({ session }) => session.parameters));

createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'counters') say(mounts.map((mount) => mount.counters()));
  if (line === 'state') {
    say({
      defects,
      pending: mounts.map(({ pending }) => pending),
      open: systems.map(({ handles }) => handles.size),
      forgotten: systems.map(({ forgotten }) => forgotten.length),
    });
  }
  if (line === 'unmount') {
    await server.close();
    say({ defects, destroyed: systems.map(({ destroyed }) => destroyed) });
    process.exit(0);
  }
});
