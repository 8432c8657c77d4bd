import { runMonitor } from './monitor.ts';

const directory = process.argv[2];
if (directory === undefined) throw new TypeError('A monitor is given the folder of its container.');
await runMonitor(directory);
