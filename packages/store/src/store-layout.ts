import { join } from 'node:path';

/** The places of a store on disk. */
export interface StoreLayout {
  readonly root: string;
  /** What this folder is: {@link StoreFormat}. */
  readonly format: string;
  /** The lmdb environment. */
  readonly database: string;
  readonly locks: string;
  /** The boot in which the store was last looked over. */
  readonly boot: string;
  /** One link per driver layer that is being made or removed, named by it; it points to its owner, as in `container:…`. */
  readonly marks: string;
  /** What is needed to write a layer's archive again byte by byte, named by driver layer. */
  readonly assemblies: string;
  /** A folder per container, for what runs it. Made when first needed. */
  readonly containers: string;
  readonly volumes: string;
  /** Files of work that is under way, named by it. */
  readonly spool: string;
  /** There while another store is being moved here: which, and from where. */
  readonly arrival: string;
}

/** The places of the store under `root`. */
export function storeLayout(root: string): StoreLayout {
  return {
    root,
    format: join(root, 'store.json'),
    database: join(root, 'db'),
    locks: join(root, 'locks'),
    boot: join(root, 'boot'),
    marks: join(root, 'marks'),
    assemblies: join(root, 'assemblies'),
    containers: join(root, 'containers'),
    volumes: join(root, 'volumes'),
    spool: join(root, 'tmp'),
    arrival: join(root, 'arrival.json'),
  };
}

/** Where a layer's assembly lies. */
export function assemblyPath(layout: StoreLayout, driverLayer: string): string {
  return join(layout.assemblies, `${driverLayer}.gz`);
}
