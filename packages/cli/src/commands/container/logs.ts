import type { LogEntry, LogOptions } from '@graphdriver/store';
import { type Command, InvalidArgumentError } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { withStore } from '../../store/with-store.ts';
import { printJson, readerIsGone } from '../../terminal.ts';
import { parseCount } from '../amounts.ts';

const EXAMPLES = `
Examples:
  $ graphdriver logs web
  $ graphdriver logs --follow --tail 10 web
  $ graphdriver logs --since 10m --timestamps web
  $ graphdriver logs --since 2026-01-31T12:00:00Z web`;

interface LogsFlags extends GlobalOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: Date;
  readonly timestamps?: boolean;
}

/** `graphdriver logs`: what a container has printed, each line to where it was printed. */
export function addLogsCommand(program: Command, signal: AbortSignal): void {
  program
    .command('logs')
    .description('show what a container has printed')
    .argument('<container>', 'the container')
    .option('-f, --follow', 'go on until it ends')
    .option('-n, --tail <count>', 'only the last so many lines, or all', parseTail)
    .option('--since <time>', 'only from then on: a time, or how long ago, as in 1h30m', (text) => parseSince(text))
    .option('-t, --timestamps', 'show when each line was printed')
    .addHelpText('after', EXAMPLES)
    .action(async (container: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<LogsFlags>();
      const { follow = false, tail, since, timestamps = false, json = false } = flags;
      if (follow && json) throw new TypeError('What has no end cannot be one JSON document: leave out --follow.');
      const options: LogOptions = {
        follow,
        signal,
        ...(tail === undefined ? {} : { tail }),
        ...(since === undefined ? {} : { since }),
      };
      await withStore(flags, async ({ runner }) => {
        const entries: LogEntry[] = [];
        for await (const entry of runner.logs(container, options)) {
          if (readerIsGone()) break;
          if (json) entries.push(entry);
          else process[entry.stream].write(timestamps ? `${entry.time} ${entry.log}` : entry.log);
        }
        if (json) printJson({ entries });
      });
    });
}

function parseTail(text: string): number | undefined {
  return text === 'all' ? undefined : parseCount(text);
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A moment: RFC 3339, seconds since 1970, or a span before `now`. @throws {InvalidArgumentError} */
export function parseSince(text: string, now: number = Date.now()): Date {
  if (/^(\d+(\.\d+)?[smhd])+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)];
    return new Date(parts.reduce((time, [, count, unit = '']) => time - Number(count) * (UNITS[unit] ?? 0), now));
  }
  const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError('It is a time as in 2026-01-31T12:00:00Z, or a span as in 10m.');
  return new Date(time);
}
