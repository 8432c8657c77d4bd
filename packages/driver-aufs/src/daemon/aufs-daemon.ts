import { constants, existsSync, openSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { isStorageError } from '@graphdriver/core';
import { FuseServer } from '@graphdriver/fuse';
import { LockFile, toStorageError } from '@graphdriver/host';
import { type AnswerLine, type DaemonMethod, lineReader, type RequestLine, SOCKET } from './protocol.ts';
import { rehearse } from './rehearsal.ts';
import { ServedUnions } from './served-unions.ts';
import { SupervisedMounts } from './supervised-mounts.ts';

/** For how long a daemon that serves nothing waits for the next mount. */
const IDLE = 5000;
const LOOK_EVERY = 500;
const METHODS: readonly DaemonMethod[] = ['mount', 'settled', 'trace', 'status'];

const [, , directory = '', generation = '1'] = process.argv;

// What is made through a mount has its mode from there.
process.umask(0);
// A terminal's Ctrl-C is not meant for who serves others.
process.on('SIGINT', () => undefined);

if (directory === '') process.exit(2);
const lock = LockFile.open(join(directory, 'lock')).tryAcquire('daemon');
// Another one serves, which its supervisor did not see die.
if (lock === undefined) process.exit(1);

let idleSince = Date.now();
const supervisor = new SupervisedMounts();
const fuse = new FuseServer();
const unions = new ServedUnions(fuse, supervisor, { generation: Number(generation), directory });
for (const { fd, state } of await supervisor.inherited()) await unions.adopt(fd, state);

// A socket's path may have 107 bytes, the root's any number: the way leads through a descriptor.
const handle = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
const socketPath = `/proc/self/fd/${handle}/${SOCKET}`;
rmSync(socketPath, { force: true });
const server = createServer(serve);
server.listen(socketPath);
// Whatever is wrong with a rehearsal, it is no reason to end.
rehearse(() => fuse.requests).catch((error: unknown) =>
  process.stderr.write(`The rehearsal failed: ${String(error)}\n`),
);

process.on('SIGTERM', () => {
  if (unions.size === 0) end();
});

setInterval(() => {
  if (unions.size > 0) {
    idleSince = Date.now();
    return;
  }
  const isOrphan = !existsSync(socketPath);
  if (isOrphan || Date.now() - idleSince > IDLE) end();
}, LOOK_EVERY);

function end(): void {
  rmSync(socketPath, { force: true });
  process.exit(0);
}

function serve(socket: Socket): void {
  socket.setEncoding('utf8');
  // Who asked has gone: nobody waits for the answer.
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    lineReader((line) => {
      void answerTo(line).then((answer) => socket.write(`${JSON.stringify(answer)}\n`));
    }),
  );
}

async function answerTo(line: string): Promise<AnswerLine> {
  // Only processes that may write to the root can connect, and all of them are this driver.
  const { number, method, argument } = JSON.parse(line) as RequestLine;
  try {
    idleSince = Date.now();
    if (!METHODS.includes(method)) throw new TypeError(`There is no method ${method}.`);
    // What the protocol's types say of each method holds for the pair of them.
    const call = unions[method] as (argument: unknown) => Promise<unknown>;
    return { number, result: await call.call(unions, argument) };
  } catch (error) {
    const failure = isStorageError(error) ? error : toStorageError(error, 'The daemon failed.');
    return { number, error: { code: failure.code, message: failure.message, hint: failure.hint } };
  }
}
