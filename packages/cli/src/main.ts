#!/usr/bin/env node
import { packageVersion } from './package-version.ts';

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  // Scripts ask for the version often, and the answer takes none of the rest.
  process.stdout.write(`${packageVersion}\n`);
} else if (args[0] === 'complete') {
  // Asked by the shell at every Tab. No command of its own: its words are the unfinished ones of another.
  const { complete } = await import('./completion/complete.ts');
  process.stdout.write(await complete(args.slice(1)));
} else if (args[0] === 'monitor') {
  // Started by `run --detach` and `start`: loads no more than it needs to wait.
  const { monitor } = await import('./store/monitor.ts');
  await monitor(args.slice(1));
} else {
  const { run } = await import('./program.ts');
  process.exitCode = await run(args);
}
