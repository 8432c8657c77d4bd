import { isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { checked, libc, SYSCALL_NUMBERS } from './libc.ts';

const CLOSE_RANGE_CLOEXEC = 4;
const FIRST = 3;
const LAST = 0xffff_ffff;

/**
 * From now on no child gets descriptors that this process has inherited itself, save those it is given as its standard streams.
 * For children that are not to be trusted: an open directory of the host would lead out of any root.
 */
export function sealDescriptors(): void {
  faultPoint('close_range');
  try {
    checked('close_range', libc().closeRange(SYSCALL_NUMBERS.closeRange, FIRST, LAST, CLOSE_RANGE_CLOEXEC));
  } catch (error) {
    // Kernels before 5.11 cannot do it at once. What Node itself opens is sealed there too.
    if (!isErrno(error, 'ENOSYS', 'EINVAL')) throw error;
  }
}
