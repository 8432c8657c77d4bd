// `npm run demo`: sets up what is missing and hands over to the demonstration.
import { spawnSync } from 'node:child_process';
import { setUp, top } from './setup.mjs';

const args = process.argv.slice(2);
if (!args.includes('--help')) setUp({ install: !args.includes('--no-install') });

// The demonstration cleans up on Ctrl-C itself: this process only waits for it.
process.on('SIGINT', () => {});
const rest = args.filter((argument) => argument !== '--no-install');
const result = spawnSync(process.execPath, [`${top}packages/demo/dist/main.js`, ...rest], {
  stdio: 'inherit',
  cwd: process.cwd(),
});
process.exitCode = result.status ?? 130;
