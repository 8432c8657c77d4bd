import { setImmediate } from 'node:timers/promises';
import { faultPoint, filesystemOf, makeDirectory, toStorageError } from '@graphdriver/host';
import { type Database, open, type RootDatabase } from 'lmdb';
import { isStoreError, StoreError } from '../store-error.ts';
import { Table } from './table.ts';

/** More tables than the store has. Memory for a table costs next to nothing. */
const MOST_TABLES = 32;

/** Processes that read at the same moment; a few bytes each. */
const MOST_PROCESSES = 2048;

/** Where a store goes, or has gone. */
export interface Departure {
  /** The folder of the store that takes this one's place. */
  readonly to: string;
  /** It is complete there. */
  readonly isComplete: boolean;
}

const DEPARTURE = 'departure';

const EIO = 5;
const ENOSPC = 28;
/** lmdb calls it an input/output error where there was room for a part of what it writes at once. */
const ROOM = 1024 * 1024;

/**
 * The store's books: tables in one lmdb environment, which any number of processes change at once.
 *
 * Every change is one transaction: it is seen by everybody wholly or not at all, and nobody sees one that a loss of power could still undo.
 * So whoever has seen that nothing needs some data can remove it.
 */
export class Metadata {
  readonly #database: RootDatabase;
  readonly #departures: Database<Departure, string>;
  readonly #path: string;
  #expected = 0;
  #waiting = 0;
  #closed = false;

  private constructor(database: RootDatabase, path: string) {
    this.#database = database;
    this.#departures = database.openDB<Departure, string>({ name: 'departures', encoding: 'json' });
    this.#path = path;
  }

  /** Opens the folder, and makes it where there is none. */
  static open(path: string): Metadata {
    try {
      const limits = { maxDbs: MOST_TABLES, maxReaders: MOST_PROCESSES };
      const safety = {
        // Otherwise lmdb may say that a transaction is done, and show it to others, before it is on the disk.
        overlappingSync: false,
        // Its own batches have promises that nobody gets: one that fails, on a full disk, would end the process.
        eventTurnBatching: false,
      };
      const database = open({ path, noSubdir: false, ...limits, ...safety });
      // What a killed process was reading would otherwise be kept for ever.
      database.readerCheck();
      return new Metadata(database, path);
    } catch (error) {
      throw new StoreError('CORRUPT_STORE', `The metadata in ${path} cannot be opened.`, { cause: error });
    }
  }

  /** Calls `open`, which opens tables: those that have to be made cost one flush of the disk together, and any others none. */
  opening<T>(open: () => T): T {
    this.#checkOpen();
    try {
      return this.#database.transactionSync(open);
    } catch (error) {
      throw toStorageError(withErrno(error), 'The tables of the store could not be made.');
    }
  }

  /** The table of this name, whose values are JSON. Making one costs a flush of the disk, outside of {@link opening}. */
  table<T>(name: string): Table<T> {
    return new Table<T>(this.#database.openDB<T, string>({ name, encoding: 'json' }), () => this.#checkOpen());
  }

  /** The table of this name, whose values are bytes as they are. */
  bytes(name: string): Table<Buffer> {
    return new Table<Buffer>(this.#database.openDB<Buffer, string>({ name, encoding: 'binary' }), () =>
      this.#checkOpen(),
    );
  }

  /**
   * Carries out `action` alone among all processes. When it resolves, what `action` has put and removed is durable; others see it all at once,
   * and not before that.
   *
   * `action` reads the newest state. It is synchronous, and checks everything before its first write: writes that precede an error stay.
   * Costs two waits for the disk, one for the data and one for the page that points to it; nothing where nothing was written.
   * They are in another thread, where changes that one process asks for together share them; those of several processes wait for one another.
   * The one change that is {@link expect}ed waits in this thread, which saves a third of its time.
   *
   * @throws {StoreError} `STORE_MOVED`
   */
  async change<T>(action: () => T): Promise<T> {
    const checked = (): T => {
      this.refuseDeparted();
      return action();
    };
    const isAlone = this.#expected === 1 && this.#waiting === 0;
    return await this.#changing(async () => {
      if (!isAlone) return await this.#database.transaction(checked);
      const changed = this.#database.transactionSync(checked);
      // Everybody else gets a turn, as with the other thread.
      await setImmediate();
      return changed;
    });
  }

  /** To be held by what takes some time and makes its change at the end, so that changes which come at the same time can share their waits. */
  expect(): Disposable {
    this.#expected += 1;
    return {
      [Symbol.dispose]: () => {
        this.#expected -= 1;
      },
    };
  }

  /** Lets the reads that follow see what other processes have written, also those in the same turn of the event loop. */
  refresh(): void {
    this.#checkOpen();
    this.#database.resetReadTxn();
  }

  /** Where the store goes or has gone; `undefined` for one that stays. */
  get departure(): Departure | undefined {
    this.#checkOpen();
    return this.#departures.get(DEPARTURE);
  }

  /** Lets no process change anything from now on, also none that has the store open; `undefined` lets them again. */
  async depart(departure: Departure | undefined): Promise<void> {
    await this.#changing(() =>
      departure === undefined ? this.#departures.remove(DEPARTURE) : this.#departures.put(DEPARTURE, departure),
    );
    this.refresh();
  }

  /** @throws {StoreError} `STORE_MOVED` for a store that goes or has gone elsewhere */
  refuseDeparted(): void {
    const departure = this.#departures.get(DEPARTURE);
    if (departure === undefined) return;
    const { to, isComplete } = departure;
    throw new StoreError('STORE_MOVED', `The store ${isComplete ? 'has moved' : 'is being moved'} to ${to}.`, {
      hint: isComplete ? 'Use it there.' : 'Let the move be finished, or give it up.',
      details: { to, complete: isComplete },
    });
  }

  /** Writes all tables into the folder `path`, which is made, as they are at one moment. */
  async copyTo(path: string): Promise<void> {
    this.#checkOpen();
    makeDirectory(path, 0o700);
    try {
      faultPoint('copy', path);
      await this.#database.backup(path, true);
    } catch (error) {
      throw toStorageError(withErrno(error), `The metadata of the store could not be copied to ${path}.`);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#database.close();
  }

  async #changing<T>(change: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    this.#waiting += 1;
    try {
      faultPoint('transaction', this.#path);
      return await change();
    } catch (error) {
      if (isStoreError(error)) throw error;
      throw toStorageError(await this.#reasonOf(error), 'The metadata of the store could not be changed.');
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Why a transaction failed. lmdb says so in a promise beside its error, which must not be left alone either. */
  async #reasonOf(error: unknown): Promise<unknown> {
    const isFull = (): boolean => filesystemOf(this.#path).freeBytes < ROOM;
    if (!(error instanceof Error) || !('commitError' in error)) return withErrno(error, isFull);
    const reason: unknown = await Promise.resolve(error.commitError).catch((cause: unknown) => cause);
    return withErrno(reason, isFull);
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('CLOSED', 'The store was closed.');
  }
}

/** lmdb tells of system errors by their number alone. */
function withErrno(error: unknown, isFull: () => boolean = () => false): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown }; // What lmdb adds to an Error is in no type.
  if (code === ENOSPC || (code === EIO && isFull())) return Object.assign(error, { code: 'ENOSPC', errno: -28 });
  return error;
}
