import { type MountDescription, type MountOptions, type MountPlan, StorageError } from '@graphdriver/core';
import { changingDone } from './changing.ts';
import { isLive, listHolds } from './holds.ts';
import { lockLayer } from './layer-locks.ts';
import type { OpenRoot } from './open-root.ts';
import { backendLayer, requireRecord } from './records.ts';
import { bindFlags, primaryOf, type View, viewOf } from './view.ts';

/** Says how somebody else can mount a layer. */
export async function planMount(root: OpenRoot, id: string, options: MountOptions): Promise<MountPlan> {
  using _lock = await lockLayer(root, id, options);
  const stored = requireRecord(root.layout, id);
  const view = viewOf(root.backend.capabilities, stored.record.kind, options);
  await changingDone(root, stored);
  const layer = backendLayer(stored);
  // Nothing is put on top of it: what is read-only here is read-only from the start.
  const portable = root.backend.describe(layer, { ...primaryOf(view, layer.kind), readOnly: view.readOnly });
  if (portable !== null) return { sharing: 'portable', mounts: withFlags(portable, view) };
  if (!listHolds(root.layout, id).some((hold) => hold.kind !== 'reading' && isLive(root, hold))) {
    throw new StorageError('LAYER_IN_USE', `The layer ${id} can be shared only while somebody holds it.`, {
      hint: 'Hold it with get, and keep it for as long as the plan is used.',
      details: { id },
    });
  }
  const bind = { type: 'bind', source: root.backend.mountpoint(id), options: ['bind'] };
  return { sharing: 'live', mounts: withFlags([bind], view) };
}

/** Adds the view's flags to the last of the mounts, the one that shows the layer. */
export function withFlags(mounts: readonly MountDescription[], view: View): readonly MountDescription[] {
  return mounts.map((mount, index) => {
    if (index < mounts.length - 1) return mount;
    const added = bindFlags(view).filter((flag) => !mount.options.includes(flag));
    return { ...mount, options: [...mount.options.filter((option) => option !== 'rw' || !view.readOnly), ...added] };
  });
}
