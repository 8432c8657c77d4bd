import type { Books } from '../books.ts';
import { StoreError } from '../store-error.ts';

/** Refuses a move to `to`, a path without symbolic links, of a store that goes or has gone to another place. @throws {StoreError} `STORE_MOVED` */
export function refuseElsewhere({ metadata }: Books, to: string): void {
  const { departure } = metadata;
  if (departure === undefined || departure.to === to) return;
  const { isComplete } = departure;
  throw new StoreError('STORE_MOVED', `The store ${isComplete ? 'has moved' : 'is being moved'} to ${departure.to}.`, {
    hint: isComplete ? 'Use it there.' : 'Finish that move or give it up.',
    details: { to: departure.to, complete: isComplete },
  });
}
