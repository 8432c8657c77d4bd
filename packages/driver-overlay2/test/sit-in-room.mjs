// Opens a trial room in the directory given, mounts something in it, says where it is, and waits to be killed.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createMounter } from '@graphdriver/host';
import { openTrialRoom } from '../dist/trial-room.js';

const mounter = createMounter();
const room = await openTrialRoom(process.argv[2], mounter);
mkdirSync(join(room.path, 'mounted'));
await mounter.bind(room.path, join(room.path, 'mounted'));
process.stdout.write(room.path);
setInterval(() => {}, 1000);
