import { type MountDescription, StorageError } from '@graphdriver/core';
import type { BackendLayer, ViewRequest } from '@graphdriver/driver-kit';
import { escapeOverlay, type MountRequest } from '@graphdriver/host';
import type { OverlayFeatures } from './kernel-features.ts';
import type { Overlay2Layout } from './layout.ts';

/** One option of an overlay mount: a key, and a value where it has one. */
export type OverlayOption = readonly [key: string, value?: string];

/** One directory is the whole view: overlay refuses a single lower, and has nothing to do over nothing. */
export interface BindPlan {
  readonly kind: 'bind';
  readonly source: string;
  readonly readOnly: boolean;
}

/** The view is the sum of several directories. */
export interface OverlayPlan {
  readonly kind: 'overlay';
  readonly readOnly: boolean;
  readonly options: readonly OverlayOption[];
}

/** How the view of a layer comes about. */
export type ViewPlan = BindPlan | OverlayPlan;

/**
 * Says how to mount a layer: a bind where the layer stands alone, else an overlay of the chain's directories.
 *
 * A read-only view has no upper directory at all, so that not even the kernel can write to a committed layer.
 */
export function planView(
  layout: Overlay2Layout,
  layer: BackendLayer,
  view: ViewRequest,
  features: OverlayFeatures,
): ViewPlan {
  if (layer.parents.length > 0) return planOverlay(layout, layer, view, features);
  return { kind: 'bind', source: layout.diff(layer.id), readOnly: isReadOnly(layer, view) };
}

/** The plan of a layer that has parents. */
export function planOverlay(
  layout: Overlay2Layout,
  layer: BackendLayer,
  view: ViewRequest,
  features: OverlayFeatures,
): OverlayPlan {
  const own = layout.diff(layer.id);
  const lowers = layer.parents.map((parent) => layout.diff(parent));
  const readOnly = isReadOnly(layer, view);
  if (readOnly)
    return { kind: 'overlay', readOnly, options: [...lowerdirs([own, ...lowers]), ...fixedOptions(features)] };
  const options: OverlayOption[] = [...lowerdirs(lowers), ['upperdir', own], ['workdir', layout.work(layer.id)]];
  options.push(...fixedOptions(features));
  if (view.volatile && features.volatile) options.push(['volatile']);
  return { kind: 'overlay', readOnly, options };
}

function isReadOnly(layer: BackendLayer, view: ViewRequest): boolean {
  return view.readOnly || layer.kind === 'committed';
}

/**
 * The options that make a mount mean the same on every host, whatever the distribution chose as the module's defaults.
 *
 * - `index=off`: an index ties a layer to its inode numbers, so that one layer copied or restored gives ESTALE.
 * - `redirect_dir=nofollow`: `off` still follows redirects (with `redirect_always_follow`), and a redirect that came with a hostile
 *   layer shows a directory of the layers beneath under another name; our reading of layers without mounting them knows no redirects.
 * - `metacopy=off`: a file's upper half without its data would be an empty file in a diff.
 *
 * `xino` is left out: all layers of a root lie on one file system, where overlay shows the real inode numbers and ignores it.
 */
function fixedOptions(features: OverlayFeatures): readonly OverlayOption[] {
  const options: OverlayOption[] = [];
  if (features.index) options.push(['index', 'off']);
  if (features.redirectDir !== null) options.push(['redirect_dir', features.redirectDir]);
  if (features.metacopy) options.push(['metacopy', 'off']);
  return options;
}

function lowerdirs(directories: readonly string[]): readonly OverlayOption[] {
  return directories.map((directory) => ['lowerdir', directory] as const);
}

/** The plan as a request for the host's mounter, which knows how to hand over hundreds of lowers and odd characters. */
export function overlayRequest(plan: OverlayPlan, target: string): MountRequest {
  const request = { type: 'overlay', source: 'overlay', target, options: plan.options };
  return plan.readOnly ? { ...request, flags: ['ro'] } : request;
}

/** What a kernel takes as the text of one mount: a page, with its end mark. */
const LONGEST_OPTIONS = 4095;

/**
 * The plan as one call of mount(8).
 *
 * @throws {StorageError} `UNSUPPORTED` where the chain is so long that its options do not fit in a page, which is all that mount(8)
 *   can hand to a kernel: about 35 layers of 64-character ids under `/var/lib`.
 */
export function describePlan(plan: ViewPlan): MountDescription {
  if (plan.kind === 'bind') {
    return { type: 'bind', source: plan.source, options: plan.readOnly ? ['bind', 'ro'] : ['bind'] };
  }
  const lowers = plan.options.filter(([key]) => key === 'lowerdir').map(([, value = '']) => escapePath(value));
  const others = plan.options.filter(([key]) => key !== 'lowerdir').map(optionText);
  const options = [`lowerdir=${lowers.join(':')}`, ...others];
  const bytes = Buffer.byteLength(options.join(','));
  if (bytes > LONGEST_OPTIONS) {
    throw new StorageError(
      'UNSUPPORTED',
      `The mount of these ${lowers.length} layers takes ${bytes} bytes of options.`,
      {
        hint: `mount(8) passes ${LONGEST_OPTIONS}. Hold the layer with get, which has no such limit, and bind its path; or open the root under a shorter path.`,
        details: { bytes, limit: LONGEST_OPTIONS, lowers: lowers.length },
      },
    );
  }
  return { type: 'overlay', source: 'overlay', options: plan.readOnly ? ['ro', ...options] : options };
}

function optionText([key, value]: OverlayOption): string {
  return value === undefined ? key : `${key}=${escapePath(value)}`;
}

/** Both libmount and overlay read a backslash as 'take the next character as it is'; commas part options and colons part lowers. */
function escapePath(path: string): string {
  return escapeOverlay(path).toString();
}
