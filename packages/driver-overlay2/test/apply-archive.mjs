// Applies an archive to a layer, and kills itself at the Nth state-changing call on the way.
// With N = 0 it lives, and says how many such calls there are.
import { createReadStream } from 'node:fs';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { setFaultHandler } from '@graphdriver/host';

const [root, id, archive, planned] = process.argv.slice(2);
const driver = await overlay2.open({ root });
let passed = 0;
setFaultHandler(() => {
  passed += 1;
  if (passed === Number(planned)) process.kill(process.pid, 'SIGKILL');
});
await driver.applyDiff(id, createReadStream(archive));
setFaultHandler(undefined);
await driver.close();
process.stdout.write(String(passed));
