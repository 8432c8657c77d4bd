import type { Digest } from '../identity/digest.ts';
import type { ContainerConfig, HistoryEntry, ImageConfig } from '../images/image-config.ts';
import type { BaseImage, BuiltLayer } from './build-host.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** An image that is being built: what its steps have made of the one it started from. Never changed, only replaced. */
export interface ImageDraft {
  readonly base: ImageConfig;
  readonly config: ContainerConfig;
  readonly author: string | undefined;
  readonly diffIds: readonly Digest[];
  readonly top: Digest | null;
  /** `created` is missing in the steps of this build that made no layer. */
  readonly history: readonly HistoryEntry[];
  /** CMD was given in this stage. */
  readonly hasOwnCommand: boolean;
}

/** Architecture as images name it. */
export function hostArchitecture(): string {
  return ARCHITECTURES[process.arch] ?? process.arch;
}

/** A draft of an image that is like `base`. */
export function draftFrom({ config, topLayer }: Omit<BaseImage, 'id'>): ImageDraft {
  return {
    base: config,
    config: config.config ?? {},
    author: config.author,
    diffIds: config.rootfs.diff_ids,
    top: topLayer,
    history: historyOf(config),
    hasOwnCommand: false,
  };
}

/** The empty image that `FROM scratch` means: as Docker's, it knows a PATH and a working directory. */
export function emptyImage(): Omit<BaseImage, 'id'> {
  const config: ImageConfig = {
    architecture: hostArchitecture(),
    os: 'linux',
    config: { Env: [`PATH=${DEFAULT_PATH}`], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [] },
  };
  return { config, topLayer: null };
}

/** A draft that starts from another stage's result: its history goes on, and CMD is not yet given. */
export function draftOnStage(draft: ImageDraft): ImageDraft {
  return { ...draft, hasOwnCommand: false };
}

/** The draft with other settings, and a line of history. */
export function withConfig(draft: ImageDraft, changes: Partial<ContainerConfig>, createdBy: string): ImageDraft {
  return withEmptyStep({ ...draft, config: { ...draft.config, ...changes } }, createdBy);
}

/** The draft with a step that changed no file. */
export function withEmptyStep(draft: ImageDraft, createdBy: string): ImageDraft {
  return { ...draft, history: [...draft.history, { created_by: createdBy, empty_layer: true }] };
}

/** The draft with a step that was carried out, and with its layer where it made one. */
export function withStep(draft: ImageDraft, layer: BuiltLayer | null, createdBy: string, created: string): ImageDraft {
  if (layer === null) return withEmptyStep(draft, createdBy);
  return {
    ...draft,
    diffIds: [...draft.diffIds, layer.diffId],
    top: layer.chainId,
    history: [...draft.history, { created, created_by: createdBy }],
  };
}

/** The shell that scripts are given to. */
export function shellOf(draft: ImageDraft): readonly string[] {
  const { Shell } = draft.config;
  return Shell === undefined || Shell === null || Shell.length === 0 ? DEFAULT_SHELL : Shell;
}

/** The directory that relative paths start from. */
export function workingDirectory(draft: ImageDraft): string {
  return draft.config.WorkingDir || '/';
}

/**
 * The configuration of the finished image.
 *
 * Steps without a layer are as old as the first new layer, or as the last step of the base where there is none: building again from a cache
 * then gives the same image. `now` is for an image that has no time to go by.
 */
export function finishedConfig(draft: ImageDraft, now: string): ImageConfig {
  const created = newestOf(draft, now);
  const { base, author } = draft;
  const fresh = freshTime(draft, created);
  return {
    created,
    ...(author === undefined ? {} : { author }),
    architecture: base.architecture,
    os: base.os,
    ...(base.variant === undefined ? {} : { variant: base.variant }),
    config: draft.config,
    rootfs: { type: 'layers', diff_ids: draft.diffIds },
    history: draft.history.map((entry) => ('created' in entry ? entry : { created: fresh, ...entry })),
  };
}

function newestOf(draft: ImageDraft, now: string): string {
  return draft.history.findLast(({ created }) => typeof created === 'string')?.created ?? draft.base.created ?? now;
}

/** The time of the first step with one behind the first without. */
function freshTime(draft: ImageDraft, newest: string): string {
  const first = draft.history.findIndex((entry) => !('created' in entry));
  const layer =
    first === -1 ? undefined : draft.history.slice(first).find(({ created }) => typeof created === 'string');
  return layer?.created ?? newest;
}

/** The base's history, with a line for every layer that it does not tell of. */
function historyOf(config: ImageConfig): readonly HistoryEntry[] {
  const history = config.history ?? [];
  const told = history.filter(({ empty_layer }) => empty_layer !== true).length;
  const missing = Math.max(0, config.rootfs.diff_ids.length - told);
  const filler: HistoryEntry = { created: config.created ?? null, comment: 'a layer without history' };
  // A base entry without a time keeps having none.
  return [
    ...Array.from({ length: missing }, () => filler),
    ...history.map((entry) => ({ ...entry, created: entry.created ?? null })),
  ];
}
