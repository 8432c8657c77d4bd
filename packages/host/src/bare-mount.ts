import { ownedCString } from './c-string.ts';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { checked, libc } from './libc.ts';

/** A mount that has its strings ready for the kernel. */
export interface BareMount {
  /** mount(2) in this thread. @throws the errno error */
  mount(): void;
  /** umount2(2) in this thread, which waits as long as the kernel does: some file systems write back what is dirty. @throws the errno error */
  unmount(): void;
}

/**
 * A mount as the two system calls that it is, with all strings made beforehand: the least that mounting can cost from here, and
 * so what a mounter is measured against. Programs that have an event loop to serve use `createMounter`.
 *
 * `options` is the string that the kernel reads, escapes and all.
 */
export function bareMount(type: string, target: FilePath, options: string): BareMount {
  const kind = ownedCString(type);
  const place = ownedCString(target);
  const data = ownedCString(options);
  const calls = libc();
  return {
    mount() {
      faultPoint('mount', target);
      checked('mount', calls.mount(kind, place, kind, 0, data), target);
    },
    unmount() {
      faultPoint('umount', target);
      checked('umount', calls.umount2(place, 0), target);
    },
  };
}
