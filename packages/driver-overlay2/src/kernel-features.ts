import { readdirSync, readFileSync } from 'node:fs';

/** What this kernel's overlay can be told, so that a mount is the same whatever the module's defaults are. */
export interface OverlayFeatures {
  /** The module is there: built in, or loaded. */
  readonly present: boolean;
  /** Knows `index`. */
  readonly index: boolean;
  /** The value of `redirect_dir` that neither makes nor follows redirects; `null` where there are none. */
  readonly redirectDir: 'nofollow' | 'off' | null;
  /** Knows `metacopy`. */
  readonly metacopy: boolean;
  /** Knows `volatile`. */
  readonly volatile: boolean;
}

/** How the layers of one root are mounted: what the kernel can be told, and what it is told. */
export interface OverlayManner extends OverlayFeatures {
  /** Renaming a lower directory works, and leaves a redirect: `redirect_dir=on`. */
  readonly redirects: boolean;
  /** Overlay keeps its marks in `user.overlay.*`, as it must in a user namespace. */
  readonly userxattr: boolean;
}

/** The name of an attribute in which overlay keeps its books. */
export function overlayXattr(name: 'opaque' | 'redirect' | 'metacopy', userxattr: boolean): string {
  return `${userxattr ? 'user' : 'trusted'}.overlay.${name}`;
}

/**
 * Reads the features of a kernel from the names of the overlay module's parameters and the kernel's release.
 *
 * `nofollow` came together with the parameter `redirect_always_follow` (Linux 4.15); `off` before that meant the same.
 * `volatile` has no parameter; it came with Linux 5.10.
 */
export function overlayFeatures(parameters: readonly string[] | null, release: string): OverlayFeatures {
  const known = new Set(parameters);
  return {
    present: parameters !== null,
    index: known.has('index'),
    redirectDir: known.has('redirect_always_follow') ? 'nofollow' : known.has('redirect_dir') ? 'off' : null,
    metacopy: known.has('metacopy'),
    volatile: parameters !== null && releaseAtLeast(release, 5, 10),
  };
}

/** Reads {@link overlayFeatures} of the running kernel. A module that is not loaded yet shows as not present. */
export function readOverlayFeatures(): OverlayFeatures {
  return overlayFeatures(parameterNames(), readFileSync('/proc/sys/kernel/osrelease', 'latin1'));
}

function parameterNames(): readonly string[] | null {
  try {
    return readdirSync('/sys/module/overlay/parameters');
  } catch {
    return null;
  }
}

function releaseAtLeast(release: string, major: number, minor: number): boolean {
  const [foundMajor = 0, foundMinor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}
