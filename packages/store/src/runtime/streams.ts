import type { Readable, Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import { openPipe, openTerminal, type Pipe, type StreamMode, type TerminalSize } from '@graphdriver/host';

/** Where a process's standard streams lead. */
export interface ProcessStreams {
  /** Nothing to read unless given. `inherit` gives the process this process's own descriptor. */
  readonly stdin?: Readable | 'inherit';
  readonly stdout: Writable | 'inherit';
  /** A terminal has only one output, so that this gets nothing with `tty`. */
  readonly stderr: Writable | 'inherit';
}

/** Standard streams made ready for a process that is about to be started. */
export interface Connection {
  readonly modes: { readonly stdin: StreamMode; readonly stdout: StreamMode; readonly stderr: StreamMode };
  /** The descriptors among `modes` that were made for this process alone. */
  readonly owned: readonly number[];
  /** The terminal, as a path of the host. */
  readonly console?: string;
  readonly size?: TerminalSize;
  /** The process has its descriptors, or will never be started: those that it was given are closed here. */
  handOver(): void;
  /** Resolves when everything that the process has printed has been passed on. The process has ended. */
  drained(): Promise<void>;
  /** Tells of every change of the terminal's size. */
  onResize(listener: () => void): void;
  /** Stops passing on, and leaves this process's terminal as it was found. */
  close(): void;
}

const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

/**
 * Connects by pipes, or by a pseudoterminal where `tty` is set. That has the size of `window`, and follows it, where `window` is the
 * terminal of somebody who watches.
 *
 * @throws the errno error (EMFILE)
 */
export function connectStreams(streams: ProcessStreams, tty: boolean, window?: Writable): Connection {
  return tty ? connectTerminal(streams, window) : connectPipes(streams);
}

function connectPipes({ stdin, stdout, stderr }: ProcessStreams): Connection {
  const pipes: Pipe[] = [];
  const outputs: Output[] = [];
  const owned: number[] = [];
  const close: (() => void)[] = [];
  const output = (to: Writable | 'inherit', own: number): number => {
    if (to === 'inherit') return own;
    const pipe = openPipe();
    pipes.push(pipe);
    owned.push(pipe.writeEnd);
    outputs.push(passOn(pipe.reader(), to));
    return pipe.writeEnd;
  };
  const input = (from: Readable): number => {
    const pipe = openPipe();
    pipes.push(pipe);
    owned.push(pipe.readEnd);
    close.push(feed(from, pipe.writer()));
    return pipe.readEnd;
  };
  try {
    const modes = {
      stdin: stdin === undefined ? ('ignore' as const) : stdin === 'inherit' ? 0 : input(stdin),
      stdout: output(stdout, 1),
      stderr: output(stderr, 2),
    };
    return {
      modes,
      owned,
      handOver: () => closeEnds(pipes),
      onResize: () => undefined,
      drained: async () => void (await Promise.all(outputs.map(({ ended }) => ended))),
      close: () => {
        for (const stop of [...close, ...outputs.map((one) => one.stop)]) stop();
      },
    };
  } catch (error) {
    for (const { stop } of outputs) stop();
    closeEnds(pipes);
    throw error;
  }
}

function closeEnds(pipes: readonly Pipe[]): void {
  for (const pipe of pipes) pipe.close('read', 'write');
}

function connectTerminal(streams: ProcessStreams, watched?: Writable): Connection {
  const stdin = streams.stdin === 'inherit' ? process.stdin : streams.stdin;
  const stdout = streams.stdout === 'inherit' ? process.stdout : streams.stdout;
  const shown = watched ?? stdout;
  const window = shown instanceof WriteStream ? shown : undefined;
  const size = window === undefined ? DEFAULT_SIZE : { columns: window.columns, rows: window.rows };
  const terminal = openTerminal(size);
  const output = passOn(terminal.keyboard, stdout);
  const listeners: (() => void)[] = [];
  const resize = (): void => {
    if (window !== undefined) terminal.resize({ columns: window.columns, rows: window.rows });
    for (const listener of listeners) listener();
  };
  window?.on('resize', resize);
  // Keys are for the program to interpret, Ctrl-C among them.
  const raw = stdin instanceof ReadStream && !stdin.isRaw ? stdin : undefined;
  raw?.setRawMode(true);
  const unfeed = stdin === undefined ? undefined : feed(stdin, terminal.keyboard, { end: false });
  return {
    modes: { stdin: terminal.programSide, stdout: terminal.programSide, stderr: terminal.programSide },
    owned: [terminal.programSide],
    console: terminal.path,
    size,
    handOver: () => terminal.closeProgramSide(),
    onResize: (listener) => void listeners.push(listener),
    drained: () => output.ended,
    close() {
      unfeed?.();
      window?.off('resize', resize);
      raw?.setRawMode(false);
      output.stop();
      terminal.close();
    },
  };
}

interface Output {
  readonly ended: Promise<void>;
  stop(): void;
}

/** Passes everything on and leaves `to` open. A reader that has gone closes the pipe, so that the program hears of it by SIGPIPE. */
function passOn(from: Readable, to: Writable): Output {
  const stop = (): void => void from.destroy();
  from.on('error', stop);
  to.once('error', stop);
  to.once('close', stop);
  const ended = new Promise<void>((resolve) => {
    from.once('close', () => {
      to.off('error', stop);
      to.off('close', stop);
      resolve();
    });
  });
  from.pipe(to, { end: false });
  return { ended, stop };
}

/** Feeds a program until it stops reading; returns how to stop feeding it. */
function feed(from: Readable, to: Writable, { end = true } = {}): () => void {
  const stop = (): void => {
    from.unpipe(to);
    from.pause();
    if (end) to.destroy();
  };
  to.on('error', stop);
  from.once('error', stop);
  from.pipe(to, { end });
  return stop;
}
