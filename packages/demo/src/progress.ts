import { formatDuration } from './format-duration.ts';
import type { Sink } from './story.ts';

/** What is going on. */
export interface ProgressState {
  readonly task: string;
  /** What it is at just now. */
  readonly detail?: string;
  /** From 0 to 1, where that is known. */
  readonly fraction?: number;
  /** Milliseconds still to go, where that is known. */
  readonly remaining?: number;
}

/** Options of {@link Progress}. */
export interface ProgressOptions {
  /** A terminal gets one line that is drawn again and again; anything else gets a line now and then. */
  readonly terminal: boolean;
  readonly width: number;
  /** Milliseconds, of any clock that only goes on. */
  readonly now?: () => number;
}

const REDRAW_AFTER = 80;
const REPEAT_AFTER = 15_000;
const ERASE_LINE = '\r\u001b[2K';

/** Shows on the error output what is going on and how long it will take. */
export class Progress {
  readonly #sink: Sink;
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  #task = '';
  #shownAt = Number.NEGATIVE_INFINITY;
  #onScreen = false;

  constructor(sink: Sink, options: ProgressOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Shows a state of the task at work. Cheap to call often: most calls draw nothing. */
  show(state: ProgressState): void {
    const now = this.#now();
    if (this.#options.terminal) {
      if (this.#onScreen && now - this.#shownAt < REDRAW_AFTER) return;
      this.#sink.write(`${ERASE_LINE}${describe(state).slice(0, this.#options.width - 1)}`);
      this.#onScreen = true;
    } else {
      if (state.task === this.#task && now - this.#shownAt < REPEAT_AFTER) return;
      this.#task = state.task;
      this.#sink.write(`${describe(state)}\n`);
    }
    this.#shownAt = now;
  }

  /** Takes the line off the screen. */
  clear(): void {
    if (!this.#onScreen) return;
    this.#sink.write(ERASE_LINE);
    this.#onScreen = false;
  }
}

function describe({ task, detail, fraction, remaining }: ProgressState): string {
  const share = fraction === undefined ? '' : ` ${Math.floor(fraction * 100)} %`;
  const left = remaining === undefined ? '' : `, about ${formatDuration(remaining)} left`;
  return `… ${task}${share}${left}${detail === undefined ? '' : `: ${detail}`}`;
}
