import type { Capabilities } from '@graphdriver/core';

const COME_APART = 'Without index=on the names of a lower file are files of their own from the first change on.';
const COUNTED_BELOW =
  'The link count of a lower file, or of a directory with a lower part, is that of its inode below.';
const MOVES_NOT = 'Without redirect_dir a directory with a lower part is not renamed: EXDEV.';
const COPIED_FIRST = 'A lower file is copied up before the call is refused, and the copy has a new ctime.';

/** What the kernel's overlay does otherwise than ext4, over a lower layer. */
const OVER_A_LOWER_LAYER: Readonly<Record<string, string>> = {
  'chmod/shows-through-all-names': COME_APART,
  'chown/shows-through-all-names': COME_APART,
  'link/content-is-one': COME_APART,
  'open/truncates': COME_APART,
  'rename/one-of-two-names': COME_APART,
  'rename/onto-another-name-of-itself': COME_APART,
  'truncate/shows-through-all-names': COME_APART,
  'utimensat/shows-through-all-names': COME_APART,
  'xattr/belong-to-the-file': COME_APART,
  'link/of-a-file-that-was-removed': COUNTED_BELOW,
  'rename/replaces': COUNTED_BELOW,
  'rename/moves-the-ctime-of-what-it-replaces': COUNTED_BELOW,
  'rename/replaces-the-last-name': COUNTED_BELOW,
  'rmdir/while-open': COUNTED_BELOW,
  'unlink/count-by-descriptor': COUNTED_BELOW,
  'unlink/moves-the-ctime': COUNTED_BELOW,
  'unlink/one-of-two-names': COUNTED_BELOW,
  'xattr/bad-names': COPIED_FIRST,
  'xattr/create': COPIED_FIRST,
  'xattr/replace': COPIED_FIRST,
};

const DIRECTORIES_THAT_STAY: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'rename-directory/changed-below',
    'rename-directory/counts-in-its-parents',
    'rename-directory/has-a-new-parent',
    'rename-directory/name-made-again',
    'rename-directory/over-an-emptied-one',
    'rename-directory/over-an-empty-one',
    'rename-directory/over-entries',
    'rename-directory/slash',
    'rename-directory/with-all-in-it',
    'rename-flags/exchange-file-and-directory',
    'rename-permission/of-somebody-elses-directory',
  ].map((id) => [id, MOVES_NOT]),
);

/**
 * Cases from the manual pages that fail because of the kernel's overlay, each with the reason, as `Subject.deviations` wants it. Where
 * directories with a lower part can be renamed, all that is about that passes.
 */
export function knownDeviations({
  renameLowerDirectory,
}: Pick<Capabilities, 'renameLowerDirectory'>): Readonly<Record<string, string>> {
  return renameLowerDirectory ? OVER_A_LOWER_LAYER : { ...OVER_A_LOWER_LAYER, ...DIRECTORIES_THAT_STAY };
}
