import type { ContainerState } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { eachOf } from '../../store/each-of.ts';
import { withStore } from '../../store/with-store.ts';
import { printJson } from '../../terminal.ts';
import { parseCount } from '../amounts.ts';

interface Ended {
  readonly id: string;
  readonly exitCode: number | null;
}

/** `graphdriver start`: starts containers in the background. */
export function addStartCommand(program: Command, signal: AbortSignal): void {
  program
    .command('start')
    .description('start containers')
    .argument('<container...>', 'the containers')
    .addHelpText('after', '\nExamples:\n  $ graphdriver start web db')
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async ({ runner }) => {
        const started = await eachOf(names, options, async (name) => {
          const { id } = runner.show(name);
          await runner.start(id, { signal });
          return id;
        });
        if (options.json === true) printJson({ started });
      });
    });
}

interface StopFlags extends GlobalOptions {
  readonly time: number;
}

const STOP_EXAMPLES = `
Examples:
  $ graphdriver stop web
  $ graphdriver stop --time 0 web db       do not wait

The first program of a container that does not handle the signal does not get it, and is killed after the time.`;

/** `graphdriver stop`: asks programs to end, and kills those that do not. */
export function addStopCommand(program: Command, signal: AbortSignal): void {
  program
    .command('stop')
    .description('stop containers')
    .argument('<container...>', 'the containers')
    .option('-t, --time <seconds>', 'how long to wait before killing', parseCount, 10)
    .addHelpText('after', STOP_EXAMPLES)
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<StopFlags>();
      await withStore(options, async ({ runner }) => {
        const stopped = await eachOf(names, options, async (name): Promise<Ended> => {
          const { id } = runner.show(name);
          return endedAs(id, await runner.stop(id, { timeout: options.time * 1000, signal }));
        });
        if (options.json === true) printJson({ stopped });
      });
    });
}

/** `graphdriver wait`: waits for the end of containers and prints their exit codes. */
export function addWaitCommand(program: Command, signal: AbortSignal): void {
  program
    .command('wait')
    .description('wait until containers end, and print their exit codes')
    .argument('<container...>', 'the containers')
    .addHelpText('after', '\nExamples:\n  $ graphdriver wait web')
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async ({ runner }) => {
        const work = async (name: string): Promise<Ended> => {
          const { id } = runner.show(name);
          return endedAs(id, await runner.wait(id, { signal }));
        };
        const ended = await eachOf(names, options, work, ({ exitCode }) => String(exitCode ?? '?'));
        if (options.json === true) printJson({ ended });
      });
    });
}

interface KillFlags extends GlobalOptions {
  readonly signal: string;
}

/** `graphdriver kill`: sends a signal to the first programs of containers. */
export function addKillCommand(program: Command): void {
  program
    .command('kill')
    .description('send a signal to containers')
    .argument('<container...>', 'the containers')
    .option('-s, --signal <signal>', 'the signal', 'KILL')
    .addHelpText('after', '\nExamples:\n  $ graphdriver kill web\n  $ graphdriver kill --signal HUP web')
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<KillFlags>();
      await withStore(options, async ({ runner }) => {
        const killed = await eachOf(names, options, async (name) => {
          const { id } = runner.show(name);
          runner.kill(id, options.signal);
          return id;
        });
        if (options.json === true) printJson({ killed });
      });
    });
}

function endedAs(id: string, { exitCode }: ContainerState): Ended {
  return { id, exitCode };
}
