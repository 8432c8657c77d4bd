import type { Session } from '@graphdriver/fuse';
import type { Cache, CacheCount } from './cache-limit.ts';
import type { UnionNode } from './nodes.ts';
import type { Union } from './union.ts';

/** How many nodes the kernel is asked to forget at a time, which takes it a millisecond. */
const AT_ONCE = 1024;
/** How many nodes are looked at for them. */
const LOOKED_AT = 8 * AT_ONCE;
/** Milliseconds for what the kernel forgets to be told. */
const FORGETTING = 2;

/**
 * A union whose nodes go when the kernel is asked to forget them: the oldest first, and directories once nothing below them is known.
 *
 * What programs have open, or mounted something upon, or are in, the kernel keeps. Before Linux 6.18 it keeps all.
 */
export class SheddingUnion implements Cache {
  readonly cached: CacheCount;
  readonly #union: Union;
  readonly #session: Session;
  #next: Iterator<UnionNode, undefined>;
  /** Nodes that were looked at since the last one went, and that there were then. */
  #inVain = 0;

  constructor(union: Union, session: Session) {
    this.cached = union.cached;
    this.#union = union;
    this.#session = session;
    this.#next = union.nodes.values();
  }

  async shed(): Promise<boolean> {
    const before = this.cached.entries;
    const { size } = this.#union.nodes;
    const candidates = this.#candidates();
    if (candidates.length > 0) {
      if (!(await this.#session.notify.prune(candidates))) return false;
      await new Promise((resolve) => setTimeout(resolve, FORGETTING));
    }
    if (this.cached.entries < before) this.#inVain = 0;
    // Twice around: what is below has to go before a directory can.
    return this.#inVain < 2 * size;
  }

  /** Goes on where it stopped, and begins anew at the end. */
  #candidates(): number[] {
    const found: number[] = [];
    for (let looked = 0; looked < LOOKED_AT && found.length < AT_ONCE; looked += 1) {
      const { done, value } = this.#next.next();
      this.#inVain += 1;
      if (done === true) {
        this.#next = this.#union.nodes.values();
        break;
      }
      if (this.#mayGo(value)) found.push(value.id);
    }
    return found;
  }

  #mayGo(node: UnionNode): boolean {
    if (node === this.#union.root || node.lookups <= 0) return false;
    return node.kind === 'directory' ? node.children === 0 : node.users === 0 && node.copying === undefined;
  }
}
