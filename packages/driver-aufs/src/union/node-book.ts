import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { faultPoint, isErrno } from '@graphdriver/host';

/** Where something is that the kernel may go on naming by its node id whoever serves the mount. */
export interface NodePlace {
  readonly parent: number;
  readonly name: string;
  /** Its inode number in the union, which tells whether it is still the same. */
  readonly number: number;
  /** How often a file is open, at most, and the backing id by which the kernel reads and writes it itself, or 0. */
  readonly users: number;
  readonly backing: number;
}

/** Where a node is; that it is nowhere; or what a request is about to change. */
type Line =
  | readonly [id: number, place: NodePlace]
  | readonly [id: number]
  | { readonly begun: number; readonly number: number };

const WORTH_REWRITING = 4096;
/** More than are ever under way, without an answer, when a daemon dies. */
const BEGUN_REQUESTS = 256;

/**
 * What the next daemon of a mount has to know: which requests were about to change what a look cannot tell, and the node ids of directories
 * and open files, so that it calls them the same: who has one as current
 * directory, or open, then goes on when a daemon has died.
 *
 * Never synced: the mount does not outlive the host. A note that is written at once costs a write(2), one that is written soon 1 µs.
 * A note too many does no harm; one that was still to be written leaves its file to be looked up anew (ESTALE).
 */
export class NodeBook {
  readonly #path: string;
  readonly #places = new Map<number, NodePlace>();
  /** Ids that another daemon gave, by parent and name, while nothing here has them. */
  readonly #earlier = new Map<string, number>();
  /** Ids with something to be written, and those of which the file says something. */
  readonly #changed = new Set<number>();
  readonly #written = new Set<number>();
  /** What requests were about to change, by their ids, the newest last. */
  readonly #begun = new Map<number, number>();
  /** -1 until there is something to write: a mount that nobody uses leaves nothing. */
  #fd = -1;
  /** There was no file at the beginning. */
  readonly #isNew: boolean;
  #lines = 0;
  #isClosed = false;
  /** The last write failed: what is in the file is not what is known. */
  #isTorn = false;

  private constructor(path: string, text: string | undefined) {
    this.#path = path;
    this.#isNew = text === undefined;
    for (const line of linesOf(text ?? '')) {
      if ('begun' in line) {
        this.#keepBegun(line.begun, line.number);
        continue;
      }
      const [id, place] = line;
      if (place === undefined) this.#places.delete(id);
      else this.#places.set(id, place);
    }
    for (const [id, { parent, name }] of this.#places) {
      this.#written.add(id);
      this.#earlier.set(`${parent}/${name}`, id);
    }
  }

  /** An empty book, whatever there was. */
  static begin(path: string): NodeBook {
    rmSync(path, { force: true });
    return new NodeBook(path, undefined);
  }

  /** Goes on with the book of a daemon that died; an empty one where there is none. */
  static goOn(path: string): NodeBook {
    return new NodeBook(path, existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  }

  placeOf(id: number): NodePlace | undefined {
    return this.#places.get(id);
  }

  /** The id that another daemon gave to what has this name and number, once; it is then in use here. */
  claim(parent: number, name: string, number: number): number | undefined {
    if (this.#earlier.size === 0) return undefined;
    const key = `${parent}/${name}`;
    const id = this.#earlier.get(key);
    if (id === undefined || this.#places.get(id)?.number !== number) return undefined;
    this.#earlier.delete(key);
    return id;
  }

  /** Written when this returns. */
  note(id: number, place: NodePlace): void {
    this.noteSoon(id, place);
    this.flush();
  }

  /** Written when the event loop has its turn, some milliseconds later; never where it is forgotten by then. */
  noteSoon(id: number, place: NodePlace): void {
    this.#places.set(id, place);
    this.#change(id);
  }

  /** Sees to it that what is said of a node, if anything, is written when this returns. Costs nothing where it is. */
  settle(id: number): void {
    if (this.#changed.has(id)) this.flush();
  }

  /**
   * Says that a request is about to change something of an inode: what is found afterwards does not tell whether it has, should it be sent
   * to the next daemon, too. Written when this returns.
   */
  begin(request: number, number: number): void {
    this.#keepBegun(request, number);
    this.#append([`${JSON.stringify({ begun: request, number })}\n`]);
  }

  /** The number of the inode that a request was about to change. */
  begunBy(request: number): number | undefined {
    return this.#begun.get(request);
  }

  #keepBegun(request: number, number: number): void {
    this.#begun.delete(request);
    this.#begun.set(request, number);
    const [oldest] = this.#begun.keys();
    if (this.#begun.size > BEGUN_REQUESTS && oldest !== undefined) this.#begun.delete(oldest);
  }

  /** A name is gone: what another daemon called by it is never to be taken for something new of the same name. */
  lose(parent: number, name: string): void {
    const id = this.#earlier.get(`${parent}/${name}`);
    if (id !== undefined) this.forgetNow(id);
  }

  /** Written when this returns: before the name goes, or its content changes, by which the next daemon would find something else. */
  forgetNow(id: number): void {
    if (!this.#places.has(id)) return;
    this.forget(id);
    this.flush();
  }

  /** Written when the event loop has its turn, or with the next note. */
  forget(id: number): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#places.delete(id);
    const key = `${place.parent}/${place.name}`;
    if (this.#earlier.get(key) === id) this.#earlier.delete(key);
    this.#change(id);
  }

  flush(): void {
    const lines: string[] = [];
    for (const id of this.#changed) {
      const place = this.#places.get(id);
      if (place !== undefined) {
        this.#written.add(id);
        lines.push(`${JSON.stringify([id, place])}\n`);
      } else if (this.#written.delete(id)) lines.push(`[${id}]\n`);
    }
    this.#changed.clear();
    this.#append(lines);
  }

  #append(lines: readonly string[]): void {
    this.#lines += lines.length;
    if (lines.length === 0 || this.#isClosed) return;
    try {
      this.#write(lines);
    } catch (error) {
      // A disk that is full must not keep anybody from reading: these ids are lost when this daemon dies, no more.
      if (!isErrno(error)) throw error;
      this.#isTorn = true;
    }
  }

  #write(lines: readonly string[]): void {
    // Nothing is there to be replaced.
    if (this.#fd < 0 && this.#isNew && !this.#isTorn) this.#fd = this.#created();
    else if (this.#fd < 0 || this.#isTorn || this.#lines > WORTH_REWRITING + 4 * this.#places.size) {
      const fd = this.#rewritten();
      if (this.#fd >= 0) closeSync(this.#fd);
      this.#fd = fd;
      this.#isTorn = false;
      return;
    }
    faultPoint('write');
    writeSync(this.#fd, lines.join(''));
  }

  /** An empty file to write to; none is there yet. */
  #created(): number {
    try {
      return openSync(this.#path, 'ax', 0o600);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      return openSync(this.#path, 'ax', 0o600);
    }
  }

  #change(id: number): void {
    if (this.#changed.size === 0) setImmediate(() => this.flush());
    this.#changed.add(id);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#fd >= 0) closeSync(this.#fd);
  }

  /** The mount is gone. */
  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  /** Writes a new file with what is known, aside and then in place; returns its descriptor. */
  #rewritten(): number {
    const begun = [...this.#begun].map(([request, number]) => ({ begun: request, number }));
    const lines = [...this.#places, ...begun].map((line) => `${JSON.stringify(line)}\n`);
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const fd = openSync(`${this.#path}.new`, 'w', 0o600);
    try {
      faultPoint('write');
      writeSync(fd, lines.join(''));
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#lines = lines.length;
    for (const id of this.#places.keys()) this.#written.add(id);
    return fd;
  }
}

/** The lines that are whole: the last one may have been cut by the death of who wrote it, or by a full disk. */
function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      // Written by this very class.
      return [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
}
