/** File systems that do not keep what a layer is made of - owners, modes, device files, names of any bytes - or cannot be written to. */
const UNFIT: ReadonlySet<string> = new Set([
  'vfat',
  'exfat',
  'iso9660',
  'proc',
  'sysfs',
  'erofs',
  'squashfs',
  '9p',
  'cifs',
  'smb2',
]);

/** Why the files of layers cannot lie on a file system of that name as they are; `null` where nothing is known against it. */
export function unfitForFiles(name: string): { readonly why: string; readonly remedy: string } | null {
  if (!UNFIT.has(name)) return null;
  const why = `${name} does not keep owners, modes and device files, or cannot be written to.`;
  return { why, remedy: 'Choose a root on ext4, xfs, btrfs or the like.' };
}
