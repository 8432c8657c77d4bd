/** Cases from the manual pages that fail because of the file system, each with the reason, as `Subject.deviations` wants it. */
export function knownDeviations(): Readonly<Record<string, string>> {
  return { 'xattr/trusted-is-for-root': 'btrfs lists what is in trusted. to everybody.' };
}
