/** A place in a queue that can be given up. */
interface Waiter {
  readonly start: () => void;
}

// Held keys, with those who wait for them. One table for the process, so that two openers of one file queue up fairly too.
const queues = new Map<string, Waiter[]>();

/** Takes the turn for `key` if nobody in this process has it or waits for it. */
export function tryTurn(key: string): boolean {
  if (queues.has(key)) return false;
  queues.set(key, []);
  return true;
}

/** Waits for the turn, first come first served. Rejects with the signal's reason, the place in the queue then being given up. */
export function waitTurn(key: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const queue = queues.get(key);
    if (queue === undefined) {
      queues.set(key, []);
      resolve();
      return;
    }
    const giveUp = (): void => {
      const place = queue.indexOf(waiter);
      if (place < 0) return;
      queue.splice(place, 1);
      reject(signal?.reason);
    };
    const waiter: Waiter = {
      start() {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      },
    };
    queue.push(waiter);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}

/** Passes the turn on to who waits longest. */
export function endTurn(key: string): void {
  const next = queues.get(key)?.shift();
  if (next === undefined) queues.delete(key);
  else next.start();
}
