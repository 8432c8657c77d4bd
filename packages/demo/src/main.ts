import { HELP, parseArguments } from './demo-arguments.ts';
import { EXIT } from './exit-code.ts';
import { Progress } from './progress.ts';
import { Story, wantsColour } from './story.ts';

const { stdout, stderr } = process;
const parsed = parseArguments(process.argv.slice(2), process.cwd());
if (parsed.action === 'help') {
  stdout.write(HELP);
} else if (parsed.action === 'refuse') {
  stderr.write(`${parsed.problem}\nnpm run demo -- --help tells what there is.\n`);
  process.exitCode = EXIT.usage;
} else {
  process.exitCode = await demonstrate(parsed.quick, parsed.out);
}

async function demonstrate(quick: boolean, out: string): Promise<number> {
  const width = Math.min(stdout.columns ?? 120, 140);
  const progress = new Progress(stderr, { terminal: stderr.isTTY === true, width: stderr.columns ?? 80 });
  const colour = wantsColour(stdout.isTTY === true, process.env);
  const story = new Story(stdout, { colour, width, before: () => progress.clear() });
  const interrupt = interruption();
  story.say(story.tint('graphdriver: storage drivers for container layers, on this machine.', 'strong'));
  const length = quick ? 'about two minutes' : '6 to 9 minutes';
  story.say(`This takes ${length}. Ctrl-C ends it at any time and takes everything away.`);
  const { runDemo } = await import('./run-demo.ts'); // Its libraries take a moment to load; the first words must not wait for them.
  const complain = (text: string): void => {
    progress.clear();
    stderr.write(`${text}\n`);
  };
  return runDemo({ story, progress, complain, signal: interrupt, quick, out });
}

/** Aborted by the first signal to end. A second one ends the program on the spot. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new Error(`The demonstration was ended by ${name}.`));
    });
  }
  return controller.signal;
}
