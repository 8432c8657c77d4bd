import type { BusyCallOptions } from './call-options.ts';
import { listDatasets } from './list-datasets.ts';
import { mounting, unmounting } from './mounts.ts';
import type { ZfsCommands } from './zfs-commands.ts';

/** Options of renaming a filesystem or volume. */
export interface RenameOptions extends BusyCallOptions {
  /** Make missing parents of the new name. */
  readonly parents?: boolean;
  /** Unmount what is in use. */
  readonly force?: boolean;
}

/** @internal */
export async function renaming(
  zfs: ZfsCommands,
  name: string,
  to: string,
  flags: readonly string[],
  options: RenameOptions,
): Promise<void> {
  const { signal, timeout } = options;
  const call = { ...(signal === undefined ? {} : { signal }), ...(timeout === undefined ? {} : { timeout }) };
  const rename = (): Promise<string> => zfs.runPatiently('zfs', ['rename', ...flags, name, to], options);
  if (zfs.capabilities.renameMounted) {
    await rename();
    return;
  }
  // zfs-fuse unmounts, finds what it has just unmounted busy, and mounts it again: trying that again comes to the same end.
  const all = await listDatasets(zfs, { ...call, root: name, types: ['filesystem'] });
  const mounted = all.filter((dataset) => dataset.mounted === true).map((dataset) => dataset.name);
  let now = name;
  try {
    for (const dataset of [...mounted].reverse()) await unmounting(zfs, dataset, options);
    await rename();
    now = to;
  } finally {
    for (const dataset of mounted) await mounting(zfs, `${now}${dataset.slice(name.length)}`, call);
  }
}
