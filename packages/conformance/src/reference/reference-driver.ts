import { withNaiveDiff } from '@graphdriver/archive';
import {
  type Capabilities,
  type Driver,
  type DriverModule,
  type OpenOptions,
  type ProbeCheck,
  type ProbeReport,
  refuseUnknownKeys,
  StorageError,
} from '@graphdriver/core';
import { createMounter, filesystemOf, hasPrivilege } from '@graphdriver/host';
import { ReferenceBooks } from './reference-books.ts';
import { ReferenceLayers } from './reference-layers.ts';

const CAPABILITIES: Capabilities = Object.freeze({
  copyOnWrite: 'none',
  maxDepth: null,
  nativeDiff: false,
  quota: null,
  idMap: 'none',
  forks: true,
  mountLabel: false,
  timestampGranularity: 1,
  renameLowerDirectory: true,
  stableInodes: true,
  keepsHardLinks: true,
  sharesOpenFiles: true,
  readOnlyViews: true,
  volatile: false,
  portableMounts: true,
  sharedRoot: false,
  persistent: false,
});

/**
 * The driver to compare others with, and to read before writing one: simple, obviously right, and slow.
 *
 * Layers are full copies in directories; the books are in memory, shared by all who open a root in this process.
 */
export const referenceDriver: DriverModule = Object.freeze({
  name: 'reference',
  summary: 'Full copies, books in memory: shows what the contract means and keeps nothing.',
  probe,
  open,
});

async function probe(options: OpenOptions): Promise<ProbeReport> {
  const checks = (['sys_admin', 'chown', 'mknod'] as const).map(privilegeCheck);
  const usable = checks.every((check) => check.passed);
  return {
    driver: 'reference',
    usable,
    checks,
    filesystem: filesystemOf(options.root).name,
    priorState: ReferenceBooks.haveLayers(options.root),
    capabilities: usable ? CAPABILITIES : null,
  };
}

async function open(options: OpenOptions): Promise<Driver> {
  refuseUnknownKeys(options, ['root', 'mountWith'], 'open');
  if (typeof options?.root !== 'string' || options.root === '') throw new TypeError('A driver needs a root to open.');
  if (!hasPrivilege('sys_admin')) {
    throw new StorageError('PERMISSION_DENIED', 'The reference driver mounts, which this process must not.', {
      hint: 'Run it as root.',
    });
  }
  const books = await ReferenceBooks.open(options.root);
  return withNaiveDiff(new ReferenceLayers(books, createMounter(options.mountWith), CAPABILITIES));
}

function privilegeCheck(privilege: Parameters<typeof hasPrivilege>[0]): ProbeCheck {
  const passed = hasPrivilege(privilege);
  const why = `This process ${passed ? 'has' : 'lacks'} CAP_${privilege.toUpperCase()}.`;
  return { check: 'privileges', passed, required: true, why, ...(passed ? {} : { remedy: 'Run it as root.' }) };
}
