// Runs groups of the conformance suite on overlay2 in the directory given, and prints as JSON how many checks passed, and which failed.
import { runConformance } from '@graphdriver/conformance';
import { overlay2 } from '@graphdriver/driver-overlay2';

const [root, ...only] = process.argv.slice(2);
const source = { specifier: import.meta.resolve('@graphdriver/driver-overlay2'), export: 'overlay2' };
const { results } = await runConformance({ module: overlay2, source }, { root, only });
const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ id, reason }) => `${id}: ${reason}`);
const passed = results.filter(({ outcome }) => outcome === 'passed').length;
process.stdout.write(JSON.stringify({ passed, failed }));
