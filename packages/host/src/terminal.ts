import { constants, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { ReadStream } from 'node:tty';
import { faultPoint } from './fault-point.ts';
import { checked, libc } from './libc.ts';
import { closeFile } from './open-files.ts';

// ioctl_tty(2); the same on x86 and ARM.
const TIOCSPTLCK = 0x40045431;
const TIOCGPTN = 0x80045430;
const TIOCSWINSZ = 0x5414;

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A pseudoterminal: a program takes the one side for a terminal, this process is the person who sits before it. */
export interface Terminal {
  /** The program's side, as a descriptor to be given to it. Close it here once it has been. */
  readonly programSide: number;
  /** The program's side, as a path. */
  readonly path: string;
  /** What the program prints, and where to type. It ends when no program has the terminal open any more. */
  readonly keyboard: Duplex;
  /** Tells the program another size, by SIGWINCH to those that this is the controlling terminal of. */
  resize(size: TerminalSize): void;
  closeProgramSide(): void;
  close(): void;
}

/**
 * Makes a pseudoterminal of the host. Nothing of it is left when both sides are closed.
 *
 * @throws the errno error (ENOSPC: too many); {StorageError} `PREREQUISITE_MISSING`
 */
export function openTerminal(size: TerminalSize): Terminal {
  faultPoint('openpty');
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  const main = openSync('/dev/ptmx', flags);
  let side: number | undefined;
  try {
    const number = Buffer.alloc(4);
    checked('ioctl', libc().ioctl(main, TIOCSPTLCK, number));
    checked('ioctl', libc().ioctl(main, TIOCGPTN, number));
    const path = `/dev/pts/${number.readUInt32LE()}`;
    side = openSync(path, flags);
    setSize(main, size);
    return terminal(main, side, path);
  } catch (error) {
    if (side !== undefined) closeFile(side);
    closeFile(main);
    throw error;
  }
}

function terminal(main: number, side: number, path: string): Terminal {
  const keyboard = new ReadStream(main);
  // The kernel says EIO where a pipe would say that it has ended.
  keyboard.on('error', () => keyboard.destroy());
  let open = true;
  const closeProgramSide = (): void => {
    if (open) closeFile(side);
    open = false;
  };
  return {
    programSide: side,
    path,
    keyboard,
    resize(size) {
      if (!keyboard.destroyed) setSize(main, size);
    },
    closeProgramSide,
    close() {
      closeProgramSide();
      keyboard.destroy();
    },
  };
}

/** `struct winsize`: rows, columns, and the size in pixels, which nobody asks for. */
function setSize(fd: number, { columns, rows }: TerminalSize): void {
  const record = Buffer.alloc(8);
  record.writeUInt16LE(rows, 0);
  record.writeUInt16LE(columns, 2);
  checked('ioctl', libc().ioctl(fd, TIOCSWINSZ, record));
}
