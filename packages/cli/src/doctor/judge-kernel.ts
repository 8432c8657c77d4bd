import type { ProbeReport } from '@graphdriver/core';
import type { KernelFacts } from './facts.ts';
import { type Finding, finding, type Said } from './finding.ts';

/** Pages of 4 KiB in the largest request of a FUSE server of this project. */
const FUSE_PAGES = 256;

/** What the kernel's parameters mean for drivers on this host: none are named that change nothing here. */
export function judgeKernel(kernel: KernelFacts, reports: readonly ProbeReport[]): readonly Finding[] {
  return [
    overlayDefaults(kernel),
    mountCount(kernel),
    ...requestTimeouts(kernel),
    ...requestSizes(kernel),
    ...namespaceBounds(kernel, reports),
  ].map((said) => finding('kernel', said));
}

/** Whether a default harms is seen by the drivers' own trials, which are told of among the drivers. */
function overlayDefaults({ release, overlay }: KernelFacts): Said {
  const check = 'overlay-parameters';
  if (overlay === null) {
    return {
      check,
      severity: 'fine',
      sentence: `Linux ${release} has not loaded overlay, which the first mount does, or was built without it.`,
    };
  }
  const values = Object.entries(overlay).map(([name, value]) => `${name}=${value}`);
  return {
    check,
    severity: 'fine',
    sentence: `Linux ${release}; overlay's defaults are ${values.join(', ')}. They are for mounts of other programs: here a mount says itself what it wants of index, redirect_dir and metacopy, where the kernel lets it.`,
  };
}

function mountCount({ mounts, mountMax }: KernelFacts): Said {
  const check = 'mount-max';
  if (mountMax === null) return { check, severity: 'fine', sentence: `There are ${mounts} mounts.` };
  const used = mounts / mountMax;
  return {
    check,
    severity: used >= 0.9 ? 'problem' : used >= 0.5 ? 'advice' : 'fine',
    sentence: `There are ${mounts} of at most ${mountMax} mounts, and each layer in use takes one or two.`,
    remedy: used >= 0.5 ? `Raise the limit: sysctl fs.mount-max=${mountMax * 10}.` : undefined,
  };
}

/** Linux 6.14 and later can end a connection whose server takes too long with one request. */
function requestTimeouts({ fuse }: KernelFacts): readonly Said[] {
  const limits = ['default_request_timeout', 'max_request_timeout'].flatMap((name) => {
    const seconds = Number(fuse?.[name] ?? 0);
    return seconds > 0 ? [{ name, seconds }] : [];
  });
  const shortest = limits.toSorted((a, b) => a.seconds - b.seconds)[0];
  if (shortest === undefined) return [];
  const { name, seconds } = shortest;
  return [
    {
      check: 'fuse-request-timeout',
      severity: 'advice',
      sentence: `The kernel ends a FUSE mount whose server takes longer than ${seconds} s with one request, and the first write to a large file is one request.`,
      remedy: `Turn it off: sysctl fs.fuse.${name}=0.`,
    },
  ];
}

function requestSizes({ fuse }: KernelFacts): readonly Said[] {
  const pages = Number(fuse?.['max_pages_limit'] ?? FUSE_PAGES);
  if (!(pages < FUSE_PAGES)) return [];
  return [
    {
      check: 'fuse-pages',
      severity: 'advice',
      sentence: `One FUSE request carries at most ${pages} pages, so that large reads and writes through FUSE are cut into more pieces.`,
      remedy: `Give it the usual bound: sysctl fs.fuse.max_pages_limit=${FUSE_PAGES}.`,
    },
  ];
}

/** Of interest only to who lacks rights, and could get them in a user namespace. */
function namespaceBounds({ userNamespaces }: KernelFacts, reports: readonly ProbeReport[]): readonly Said[] {
  const lacking = reports.some(({ checks }) => checks.some(({ check, passed }) => check === 'privileges' && !passed));
  if (!lacking) return [];
  return BOUNDS.filter(({ name, forbids }) => userNamespaces[name] === forbids).map(({ name, remedy }) => ({
    check: 'user-namespaces',
    severity: 'advice',
    sentence: `Users other than root get no user namespaces in which they could mount: ${name} is ${userNamespaces[name]}.`,
    remedy,
  }));
}

/** The parameters that keep users from namespaces of their own, and the value by which they do. */
export const BOUNDS: readonly { readonly name: string; readonly forbids: string; readonly remedy: string }[] = [
  {
    name: 'user.max_user_namespaces',
    forbids: '0',
    remedy: 'Run as root, or allow them: sysctl user.max_user_namespaces=1000.',
  },
  {
    name: 'kernel.unprivileged_userns_clone',
    forbids: '0',
    remedy: 'Run as root, or allow them: sysctl kernel.unprivileged_userns_clone=1.',
  },
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    forbids: '1',
    remedy: 'Run as root, or give the program an AppArmor profile that allows userns.',
  },
];
