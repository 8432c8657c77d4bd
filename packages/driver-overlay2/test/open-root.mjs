// Opens the root given, and says what came of it.
import { overlay2 } from '@graphdriver/driver-overlay2';

try {
  const driver = await overlay2.open({ root: process.argv[2] });
  await driver.close();
  process.stdout.write('opened');
} catch (error) {
  process.stdout.write(String(error.code));
}
