// node serve-names.mjs DIRECTORY -- serves an empty directory there until it is unmounted, and says when it can be used.
import { FuseServer } from '@graphdriver/fuse';
import { namesOnly } from './names-only.mjs';

const mount = await new FuseServer().mount(namesOnly([]), { target: process.argv[2] });
process.stdout.write('mounted\n');
await mount.ended;
process.exit(0);
