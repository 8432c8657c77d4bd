import type { Owner } from '@graphdriver/host';
import { resolveUser } from '../../runtime/container-user.ts';
import { StoreError } from '../../store-error.ts';
import type { TargetRoot } from './target-root.ts';

/** Whom files belong to that nobody says anything about. */
export const ROOT_OWNER: Owner = { uid: 0, gid: 0 };

/**
 * Whom `--chown=user[:group]` and USER mean: names are looked up in the image's own files. A number alone is also the group's; a name alone
 * brings the group that /etc/passwd gives it.
 *
 * @throws {StoreError} `BUILD_FAILED` for a name that the image does not know
 */
export function ownerInImage(target: TargetRoot, text: string): Owner {
  const numbers = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  if (numbers !== null) return numericOwner(text, Number(numbers[1]), Number(numbers[2] ?? numbers[1]));
  const [user = '', group] = text.split(':');
  try {
    const { uid, gid } = resolveUser(text, target.readText('/etc/passwd'), target.readText('/etc/group'));
    // A number is its own group here, whatever /etc/passwd says of it.
    return { uid, gid: group === undefined && /^\d+$/.test(user) ? uid : gid };
  } catch (error) {
    throw new StoreError('BUILD_FAILED', `The image knows nobody called ${JSON.stringify(text)}.`, {
      hint: 'Name a user and group of its /etc/passwd and /etc/group, or give numbers.',
      cause: error,
      details: { owner: text },
    });
  }
}

function numericOwner(text: string, uid: number, gid: number): Owner {
  if (uid < 2 ** 32 - 1 && gid < 2 ** 32 - 1) return { uid, gid };
  throw new StoreError('BUILD_FAILED', `${text} is out of the range of ids.`, { details: { owner: text } });
}
