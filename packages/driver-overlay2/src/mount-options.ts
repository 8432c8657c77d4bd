import { type MountDescription, StorageError } from '@graphdriver/core';
import type { BackendLayer, ViewRequest } from '@graphdriver/driver-kit';
import { escapeOverlay, type MountRequest } from '@graphdriver/host';
import type { OverlayManner } from './kernel-features.ts';
import type { Overlay2Layout } from './layout.ts';
import { SHORTEST_NAME } from './short-names.ts';

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
  manner: OverlayManner,
): ViewPlan {
  if (layer.parents.length > 0) return planOverlay(layout, layer, view, manner);
  return { kind: 'bind', source: layout.diff(layer.id), readOnly: isReadOnly(layer, view) };
}

/** The plan of a layer that has parents. */
export function planOverlay(
  layout: Overlay2Layout,
  layer: BackendLayer,
  view: ViewRequest,
  manner: OverlayManner,
): OverlayPlan {
  const own = layout.diff(layer.id);
  const lowers = layer.parents.map((parent) => layout.diff(parent));
  const readOnly = isReadOnly(layer, view);
  if (readOnly)
    return { kind: 'overlay', readOnly, options: [...lowerdirs([own, ...lowers]), ...fixedOptions(manner)] };
  const options: OverlayOption[] = [...lowerdirs(lowers), ['upperdir', own], ['workdir', layout.work(layer.id)]];
  options.push(...fixedOptions(manner));
  if (view.volatile && manner.volatile) options.push(['volatile']);
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
 *   Where the root's setting is `on`, layers are read through mounts, and archives cannot bring a redirect.
 * - `metacopy=off`: a file's upper half without its data would be an empty file in a diff.
 * - `userxattr` does without redirects and metacopy by itself, and does not bear to hear of them.
 *
 * `xino` is left out: all layers of a root lie on one file system, where overlay shows the real inode numbers and ignores it.
 */
function fixedOptions(manner: OverlayManner): readonly OverlayOption[] {
  const options: OverlayOption[] = [];
  if (manner.index) options.push(['index', 'off']);
  if (manner.userxattr) return [...options, ['userxattr']];
  if (manner.redirectDir !== null) options.push(['redirect_dir', manner.redirects ? 'on' : manner.redirectDir]);
  if (manner.metacopy) options.push(['metacopy', 'off']);
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

/** The same mount of the same layers by other paths, top to bottom. */
export function withLowers(plan: OverlayPlan, lowers: readonly string[]): OverlayPlan {
  return { ...plan, options: [...lowerdirs(lowers), ...plan.options.filter(([key]) => key !== 'lowerdir')] };
}

/** What a kernel takes as the text of one mount: a page, with its end mark. */
const LONGEST_OPTIONS = 4095;

/** Tells whether the plan's options fit in a page, which is all that mount(8) can hand to a kernel: about 35 ids of 64 characters under `/var/lib`. */
export function fitsPage(plan: OverlayPlan): boolean {
  return bytesOf(describedOptions(plan)) <= LONGEST_OPTIONS;
}

/** Tells whether the plan's options would fit in a page if all its layers had the shortest of names: about 105 of them under `/var/lib`. */
export function couldFitPage(plan: OverlayPlan, layout: Overlay2Layout): boolean {
  const shortest = layout.named('A'.repeat(SHORTEST_NAME));
  const count = plan.options.filter(([key]) => key === 'lowerdir').length;
  return fitsPage(withLowers(plan, Array<string>(count).fill(shortest)));
}

/**
 * The plan as one call of mount(8).
 *
 * @throws {StorageError} `UNSUPPORTED` where the chain is so long that its options do not fit in a page
 */
export function describePlan(plan: ViewPlan): MountDescription {
  if (plan.kind === 'bind') {
    return { type: 'bind', source: plan.source, options: plan.readOnly ? ['bind', 'ro'] : ['bind'] };
  }
  const options = describedOptions(plan);
  const bytes = bytesOf(options);
  if (bytes > LONGEST_OPTIONS) {
    const lowers = plan.options.filter(([key]) => key === 'lowerdir').length;
    throw new StorageError('UNSUPPORTED', `The mount of these ${lowers} layers takes ${bytes} bytes of options.`, {
      hint: `mount(8) passes ${LONGEST_OPTIONS}, some 100 layers. Hold the layer with get, which has no such limit, and bind its path; or open the root under a shorter path.`,
      details: { bytes, limit: LONGEST_OPTIONS, lowers },
    });
  }
  return { type: 'overlay', source: 'overlay', options: plan.readOnly ? ['ro', ...options] : options };
}

function describedOptions({ options }: OverlayPlan): readonly string[] {
  const lowers = options.filter(([key]) => key === 'lowerdir').map(([, value = '']) => escapePath(value));
  return [`lowerdir=${lowers.join(':')}`, ...options.filter(([key]) => key !== 'lowerdir').map(optionText)];
}

function bytesOf(options: readonly string[]): number {
  return Buffer.byteLength(options.join(','));
}

function optionText([key, value]: OverlayOption): string {
  return value === undefined ? key : `${key}=${escapePath(value)}`;
}

/** Both libmount and overlay read a backslash as 'take the next character as it is'; commas part options and colons part lowers. */
function escapePath(path: string): string {
  return escapeOverlay(path).toString();
}
