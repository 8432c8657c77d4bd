// Loads an image into a new store over overlay2, as a command does, and prints the most memory that it has had, in bytes.
import { overlay2 } from '@graphdriver/driver-overlay2';
import { openStore } from '@graphdriver/store';

const [archive = '', root = ''] = process.argv.slice(2);
const driver = await overlay2.open({ root: `${root}/layers` });
const store = await openStore({ root: `${root}/store`, driver, ownsDriver: true });
await store.images.load(archive);
await store.close();
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
