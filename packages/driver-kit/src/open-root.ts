import type { LockFile, Mounter, ProcessMarks } from '@graphdriver/host';
import type { BookLayout } from './book-layout.ts';
import type { LayerBackend } from './layer-backend.ts';

/** A root in use: what every part of the kit works on. */
export interface OpenRoot {
  readonly layout: BookLayout;
  readonly backend: LayerBackend;
  readonly mounter: Mounter;
  readonly locks: LockFile;
  readonly processes: ProcessMarks;
}
