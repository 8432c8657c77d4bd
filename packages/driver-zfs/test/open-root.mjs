// Asks for a root and opens it, and prints what came of both as JSON.
import { zfs } from '@graphdriver/driver-zfs';

const [root, fsname] = process.argv.slice(2);
const options = { root, settings: { fsname } };
const { usable, checks } = await zfs.probe(options);
const opening = await zfs.open(options).then(
  (driver) => driver.close(),
  ({ name, code, hint }) => ({ name, code, hint }),
);
process.stdout.write(JSON.stringify({ usable, failed: checks.filter(({ passed }) => !passed), opening }));
