import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the user asked for: a run, the help text, or something that nobody understands. */
export type DemoArguments =
  | { readonly action: 'run'; readonly quick: boolean; readonly out: string }
  | { readonly action: 'help' }
  | { readonly action: 'refuse'; readonly problem: string };

/** The help text. */
export const HELP = `Usage: npm run demo -- [--quick] [--out FILE]

Shows what graphdriver does, on this machine: which storage drivers work here and why, a real Linux root file system unpacked
into each of them, the conformance suite, and what a first write costs (copy_up). Takes 6 to 9 minutes and leaves nothing
behind but its result file. Run it as root: drivers mount, and without root it can only say what is missing.

  --quick       about two minutes: no Debian is downloaded, only this machine's own file system is examined, and each
                driver by a sample of the suite
  --out FILE    where to write the result as JSON; ./graphdriver-demo-result.json unless given
  --no-install  (read by the script that starts the demo) do not install packages
  --help        this text

Exit codes: 0 done, 1 something failed, 2 wrong arguments, 3 no driver works here, 130 interrupted.
`;

/** Reads the command line. `directory` is what relative paths are relative to. */
export function parseArguments(args: readonly string[], directory: string): DemoArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        quick: { type: 'boolean' },
        out: { type: 'string' },
        'no-install': { type: 'boolean' },
      },
    });
    if (values.help === true) return { action: 'help' };
    if (values.out === '') return { action: 'refuse', problem: '--out needs the name of a file.' };
    return {
      action: 'run',
      quick: values.quick === true,
      out: resolve(directory, values.out ?? 'graphdriver-demo-result.json'),
    };
  } catch (error) {
    return { action: 'refuse', problem: error instanceof Error ? error.message : String(error) };
  }
}
