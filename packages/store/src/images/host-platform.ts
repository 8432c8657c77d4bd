/** Architectures as images name them, by what Node calls this host's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** The platform of this host, as images name it. */
export function hostPlatform(): { readonly architecture: string; readonly os: 'linux' } {
  return { architecture: ARCHITECTURES[process.arch] ?? process.arch, os: 'linux' };
}
