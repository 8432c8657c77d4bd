// Opens a root and makes two layers of its own in it: what several processes do at once.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zfs } from '@graphdriver/driver-zfs';

const [root, fsname, name] = process.argv.slice(2);
const [base, child] = [`${name}-base`, `${name}-child`];
const driver = await zfs.open({ root, settings: { fsname } });
await driver.create(base);
{
  const mount = await driver.get(base);
  writeFileSync(join(mount.path, 'file'), name);
  await mount.put();
}
await driver.commit(base);
await driver.create(child, { parent: base });
await driver.close();
