// Stands for a test that dies: makes a guarded root, starts a server that outlives this process, and tells of both.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { guardedRoot } from '@graphdriver/testkit';

const { path } = await guardedRoot({ prefix: 'fuse-left-' });
const program = fileURLToPath(new URL('./serve-names.mjs', import.meta.url));
const server = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
await new Promise((resolve) => server.stdout.once('data', resolve));
process.stdout.write(`${path}\n${server.pid}\n`);
setInterval(() => undefined, 1000);
