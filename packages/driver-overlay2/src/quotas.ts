import { existsSync } from 'node:fs';
import { isStorageError, StorageError } from '@graphdriver/core';
import {
  assignProject,
  filesystemOf,
  isErrno,
  limitProject,
  type ProjectQuota,
  projectOf,
  readProjectQuota,
} from '@graphdriver/host';
import type { Overlay2Layout } from './layout.ts';
import { claimProject, FIRST_PROJECT } from './project-ids.ts';
import type { ProjectAbility } from './quota-trial.ts';
import type { UpperPlaces } from './replace-upper.ts';

/** A layer that has a quota: its project, and what the kernel says of that. */
interface Limited extends ProjectQuota {
  readonly project: number;
}

/** What the kernel may want to reserve for making and renaming a few files, of which it then uses little or nothing. */
const SLACK = 1024 ** 2;

/**
 * Limits what a writable layer takes, by a project of the file system for each layer that has a quota.
 *
 * The layer's folder belongs to the project, which is all that says so: it is the first thing made of a layer and the last removed. Inside,
 * `diff`, `work` and `incoming` hand the project on to what is made in them; all three must, because the kernel renames from one into
 * the other. The folder does not, so that the driver's own small files count for nobody.
 *
 * The quota itself is the project's soft limit. The hard one, which the kernel enforces, is the same but for moments: it is
 * raised where the driver needs room that is not the layer's, and set back from the soft one, also after a crash.
 */
export class LayerQuotas {
  readonly #layout: Overlay2Layout;
  readonly #ability: ProjectAbility;

  constructor(layout: Overlay2Layout, ability: ProjectAbility) {
    this.#layout = layout;
    this.#ability = ability;
  }

  /** Gives a new layer a quota, when of the layer there is only its folder. */
  grant(id: string, bytes: number): void {
    const folder = this.#layout.layer(id);
    const project = claimProject(folder);
    limitProject(folder, project, { softBytes: bytes, hardBytes: bytes });
  }

  /** Puts one of the layer's own directories, which has just been made, under the layer's project, where it has one. */
  cover(id: string, directory: string): void {
    const project = this.#projectOf(id);
    if (project !== 0) assignProject(directory, project, { inherit: true });
  }

  /** The quota of a layer in bytes, or `null` where it has none. */
  quotaOf(id: string): number | null {
    return this.#limitedOf(id)?.softBytes ?? null;
  }

  /** Takes the limit away, before the layer's folder goes and the project with it. */
  release(id: string): void {
    if (this.#ability !== 'limits') return;
    const project = this.#projectOf(id);
    if (project !== 0) limitProject(this.#layout.layer(id), project, { softBytes: 0, hardBytes: 0 });
  }

  /** Sets back the limit that a crash may have left raised. */
  settle(id: string): void {
    const limited = this.#limitedOf(id);
    if (limited !== null) this.#allow(id, limited, 0);
  }

  /**
   * Mounts a layer, also one that is full: the kernel makes directories for the mount, and reserves more for that than it takes.
   * Without this nobody could delete anything from a layer that has reached its quota.
   */
  async whileMounting<T>(id: string, mount: () => Promise<T>): Promise<T> {
    return this.#withRoom(id, () => SLACK, mount);
  }

  /**
   * Puts the successor of the layer's directory together: while both are there the layer may take twice what it takes, and the
   * successor no more than the quota. What fails for want of room fails with `QUOTA_EXCEEDED` where the quota is what was in the way.
   */
  async whileReplacing<T>(id: string, replace: (places: UpperPlaces) => Promise<T>): Promise<T> {
    const incoming = this.#layout.incoming(id);
    const places = { current: this.#layout.diff(id), incoming, cover: () => this.cover(id, incoming) };
    return this.#withRoom(
      id,
      ({ bytes }) => bytes,
      async () => {
        try {
          return await replace(places);
        } catch (error) {
          throw this.#exceeded(id, error) ?? error;
        }
      },
    );
  }

  async #withRoom<T>(id: string, room: (limited: Limited) => number, act: () => Promise<T>): Promise<T> {
    const limited = this.#limitedOf(id);
    if (limited === null) return act();
    this.#allow(id, limited, room(limited));
    try {
      return await act();
    } finally {
      this.#allow(id, limited, 0);
    }
  }

  #allow(id: string, { project, softBytes }: Limited, more: number): void {
    limitProject(this.#layout.layer(id), project, { softBytes, hardBytes: softBytes + more });
  }

  #exceeded(id: string, error: unknown): StorageError | undefined {
    if (!isWantOfRoom(error)) return undefined;
    const limited = this.#limitedOf(id);
    if (limited === null) return undefined;
    // xfs says ENOSPC of both: it was the quota if the disk has more left than the quota has.
    if (filesystemOf(this.#layout.root).freeBytes <= limited.hardBytes - limited.bytes) return undefined;
    const bytes = limited.softBytes;
    return new StorageError('QUOTA_EXCEEDED', `The layer ${id} would take more than its quota of ${bytes} bytes.`, {
      hint: 'Remove files from the layer, or make a layer with a larger quota.',
      details: { id, quota: bytes },
      cause: error,
    });
  }

  #limitedOf(id: string): Limited | null {
    if (this.#ability !== 'limits') return null;
    const project = this.#projectOf(id);
    if (project === 0) return null;
    const quota = readProjectQuota(this.#layout.layer(id), project);
    return quota.softBytes === 0 ? null : { ...quota, project };
  }

  #projectOf(id: string): number {
    const folder = this.#layout.layer(id);
    if (this.#ability === 'none' || !existsSync(folder)) return 0;
    const project = projectOf(folder);
    // A lower number is that of a project in which the whole root lies: somebody else's business.
    return project < FIRST_PROJECT ? 0 : project;
  }
}

function isWantOfRoom(error: unknown): boolean {
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return true;
  return isStorageError(error, 'OUT_OF_SPACE') || isStorageError(error, 'QUOTA_EXCEEDED');
}
