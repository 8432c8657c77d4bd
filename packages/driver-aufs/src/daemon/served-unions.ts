import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerTrace } from '@graphdriver/core';
import type { FuseMount, FuseServer, SessionOptions } from '@graphdriver/fuse';
import { copyAbilities } from '@graphdriver/host';
import { CacheLimit } from '../union/cache-limit.ts';
import { emptyWork } from '../union/empty-work.ts';
import { finishInterrupted } from '../union/finish-interrupted.ts';
import { MountTrace } from '../union/mount-trace.ts';
import { NodeBook } from '../union/node-book.ts';
import { SheddingUnion } from '../union/shed.ts';
import { Union } from '../union/union.ts';
import { UnionFileSystem } from '../union/union-file-system.ts';
import type { DaemonCalls, DaemonStatus, UnionRequest } from './protocol.ts';
import type { MountState } from './supervision.ts';

/** For how long a mount that was taken away may go on unnoticed. */
const LONGEST_END = 1000;
/** Ids of nodes of one daemon, in one mount: the kernel must never take one of the next daemon for one of the last. */
const IDS_PER_DAEMON = 2 ** 40;
/** The kernel keeps so many. */
const GENERATIONS = 2 ** 32;

/** Who is told of mounts as they come and go. */
export interface MountKeeper {
  /** Resolves when the mount would outlive this process. */
  keep(id: string, fd: number, state: MountState): Promise<void>;
  drop(id: string): void;
}

/** Which daemon this is. */
export interface DaemonPlace {
  /** Counts the daemons that have served the same mounts one after the other. */
  readonly generation: number;
  /** Where the root's daemons keep what is theirs. */
  readonly directory: string;
}

/** A union that is mounted. */
interface Served {
  readonly union: Union;
  readonly book: NodeBook;
  readonly mount: FuseMount;
}

/** The unions that a daemon serves, by the ids of their layers. */
export class ServedUnions implements DaemonCalls {
  readonly #server: FuseServer;
  readonly #keeper: MountKeeper;
  readonly #firstId: number;
  readonly #books: string;
  /** One for all, for a root is one file system. */
  readonly #abilities = copyAbilities();
  readonly #limit = new CacheLimit();
  readonly #served = new Map<string, Served>();

  constructor(server: FuseServer, keeper: MountKeeper, { generation, directory }: DaemonPlace) {
    this.#server = server;
    this.#keeper = keeper;
    this.#firstId = generation * IDS_PER_DAEMON;
    this.#books = join(directory, 'nodes');
    // The first one goes on with nothing.
    if (generation === 1) rmSync(this.#books, { recursive: true, force: true });
    // At once, so that what lies in the root does not depend on whether a mount was long in use.
    mkdirSync(this.#books, { recursive: true, mode: 0o700 });
  }

  get size(): number {
    return this.#served.size;
  }

  async mount(request: UnionRequest): Promise<null> {
    const { id, target, work, volatile } = request;
    await this.settled(id);
    const book = NodeBook.begin(join(this.#books, id));
    const union = this.#open(request, book);
    const inodeGeneration = randomInt(1, GENERATIONS);
    let mount: FuseMount;
    try {
      await finishInterrupted(union);
      mount = await this.#server.mount(new UnionFileSystem(union, { volatile, generation: inodeGeneration }), {
        ...sessionOptions(request),
        target,
        source: id,
        subtype: 'aufs',
        flags: work === null ? ['ro'] : [],
        allowOther: true,
      });
    } catch (error) {
      union.close();
      book.remove();
      throw error;
    }
    this.#enter(id, { union, book, mount });
    await this.#keeper.keep(id, mount.device, { request, parameters: mount.session.parameters, inodeGeneration });
    return null;
  }

  /**
   * Goes on with a mount that another daemon served when it died, through a descriptor that this process has inherited.
   *
   * What that one was in the middle of making is garbage. Directories and open files that the kernel still names are found by its book;
   * of others it is told ESTALE, and asks for their names anew.
   */
  async adopt(fd: number, { request, parameters, inodeGeneration }: MountState): Promise<void> {
    const { id, target, volatile } = request;
    if (request.work !== null) await emptyWork(request.work);
    const book = NodeBook.goOn(join(this.#books, id));
    const union = this.#open(request, book);
    await finishInterrupted(union);
    const fileSystem = new UnionFileSystem(union, { volatile, generation: inodeGeneration });
    const mount = this.#server.adopt(fileSystem, { ...sessionOptions(request), device: fd, parameters, target });
    this.#enter(id, { union, book, mount });
    await this.#keeper.keep(id, mount.device, { request, parameters, inodeGeneration });
    // What that one had taken and not answered.
    mount.session.notify.resend();
  }

  #open({ branches, work, volatile, passthrough, cacheEntries }: UnionRequest, book: NodeBook): Union {
    // The same for all, for it is a setting of the root.
    this.#limit.limit = cacheEntries;
    const options = {
      branches,
      work,
      readOnly: work === null,
      durableCopies: !volatile,
      partsOpenFiles: passthrough,
      firstId: this.#firstId,
      book,
      abilities: this.#abilities,
      limit: this.#limit,
    };
    return new Union(options, new MountTrace(branches.length));
  }

  #enter(id: string, served: Served): void {
    this.#served.set(id, served);
    const cache = new SheddingUnion(served.union, served.mount.session);
    this.#limit.enter(cache);
    void served.mount.ended.then(() => {
      this.#limit.leave(cache);
      // The next mount of the layer has a book of its own under the same name.
      if (this.#served.get(id) !== served) return served.book.close();
      served.book.remove();
      this.#served.delete(id);
      this.#keeper.drop(id);
    });
  }

  /** A mount that was just taken away is found out when its requests come to their end. */
  async settled(id: string): Promise<null> {
    const served = this.#served.get(id);
    if (served !== undefined) await Promise.race([served.mount.ended, pause(LONGEST_END)]);
    return null;
  }

  async trace(id: string): Promise<LayerTrace | null> {
    const served = this.#served.get(id);
    if (served === undefined) return null;
    const { union, mount } = served;
    return {
      id,
      target: mount.target.toString(),
      counters: union.trace.counters(union.nodes.size),
      requests: mount.counters(),
      copyUps: union.trace.records,
    };
  }

  async status(): Promise<DaemonStatus> {
    return {
      pid: process.pid,
      mounts: [...this.#served.keys()],
      entries: this.#limit.entries,
      memory: process.memoryUsage.rss(),
      uptime: process.uptime(),
    };
  }
}

function sessionOptions({ passthrough }: UnionRequest): SessionOptions {
  return {
    features: {
      killPrivileges: true,
      posixAcl: true,
      dontMask: true,
      readdirplus: 'auto',
      passthrough: passthrough ? 1 : 0,
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
