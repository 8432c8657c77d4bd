import { operationName } from './protocol.ts';

/** What one kind of request has cost so far. */
export interface OperationCounter {
  count: number;
  /** How many of them were answered with an errno. */
  failures: number;
  /** Milliseconds between taking the request and giving the answer, all together; for an answer by promise its whole time. */
  time: number;
  /** The longest of them in milliseconds. */
  longest: number;
}

/** Counts what a mount is asked. Costs two looks at the clock per request, some 0.1 µs. */
export class Counters {
  readonly #byOpcode: (OperationCounter | undefined)[] = [];

  /** Notes a request that took `time` milliseconds. */
  add(opcode: number, time: number, failed: boolean): void {
    let counter = this.#byOpcode[opcode];
    if (counter === undefined) {
      counter = { count: 0, failures: 0, time: 0, longest: 0 };
      // An opcode out of nowhere must not make a long array.
      if (opcode < 64) this.#byOpcode[opcode] = counter;
    }
    counter.count += 1;
    counter.time += time;
    if (failed) counter.failures += 1;
    if (time > counter.longest) counter.longest = time;
  }

  /** All that was asked for at least once, by its name in the protocol. A copy. */
  snapshot(): Record<string, Readonly<OperationCounter>> {
    const result: Record<string, OperationCounter> = {};
    for (const [opcode, counter] of this.#byOpcode.entries()) {
      if (counter !== undefined) result[operationName(opcode)] = { ...counter };
    }
    return result;
  }
}
