import { lineReader } from './protocol.ts';
import type { MountKeeper } from './served-unions.ts';
import type { DaemonLine, MountState, SupervisorLine } from './supervision.ts';

/** A mount that another daemon served, and the inherited descriptor of it. */
export interface Inherited {
  readonly fd: number;
  readonly state: MountState;
}

/** The supervisor, as its daemon talks to it. Where it has died nothing is kept any more, and nobody waits for it. */
export class SupervisedMounts implements MountKeeper {
  readonly #waiting = new Map<string, () => void>();
  readonly #inherited: Promise<readonly Inherited[]>;
  #isAlone = false;

  constructor() {
    let adopt: (mounts: readonly Inherited[]) => void = () => undefined;
    this.#inherited = new Promise((resolve) => {
      adopt = resolve;
    });
    process.stdin.setEncoding('utf8');
    process.stdin.on(
      'data',
      lineReader((text) => {
        const line = JSON.parse(text) as SupervisorLine; // Our own supervisor of this very version has written it.
        if ('adopt' in line) adopt(line.adopt);
        else this.#resolve(line.kept);
      }),
    );
    process.stdin.on('end', () => {
      this.#isAlone = true;
      for (const id of [...this.#waiting.keys()]) this.#resolve(id);
      adopt([]);
    });
    process.stdout.on('error', () => undefined);
  }

  /** The mounts to go on with. */
  inherited(): Promise<readonly Inherited[]> {
    return this.#inherited;
  }

  keep(id: string, fd: number, state: MountState): Promise<void> {
    if (this.#isAlone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell({ do: 'keep', id, fd, state });
    });
  }

  drop(id: string): void {
    this.#resolve(id);
    if (!this.#isAlone) this.#tell({ do: 'drop', id });
  }

  #resolve(id: string): void {
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }

  #tell(line: DaemonLine): void {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
