import { StorageError } from '@graphdriver/core';
import { isErrno } from '@graphdriver/host';
import { shown } from './invalid-archive.ts';

const BY_ROOT = 'Apply it as root of the host, outside of user namespaces';

/**
 * What a user namespace keeps its root from making, as an error that says so; `undefined` for any other error.
 *
 * An owner without a number in the namespace is EINVAL to the kernel, and a device node EPERM even to a root of all capabilities.
 */
export function refusedByNamespace(error: unknown): StorageError | undefined {
  if (isErrno(error, 'EINVAL') && ['lchown', 'fchown', 'chown'].includes(error.syscall)) {
    return new StorageError(
      'PERMISSION_DENIED',
      `The archive gives ${named(error)} an owner that is not mapped here.`,
      {
        hint: `${BY_ROOT}, or map more ids into this one (subuid(5), newuidmap(1)).`,
        cause: error,
      },
    );
  }
  if (isErrno(error, 'EPERM') && error.syscall === 'mknod') {
    return new StorageError('PERMISSION_DENIED', `The device ${named(error)} of the archive may not be made here.`, {
      hint: `${BY_ROOT}; or leave the device out: containers get theirs from the runtime.`,
      cause: error,
    });
  }
  return undefined;
}

/** The same of an extended attribute that only root of the host may set. */
export function attributeRefused(name: string, where: string, cause: unknown): StorageError {
  return new StorageError('PERMISSION_DENIED', `The attribute ${where} may not be set here.`, {
    hint: `${BY_ROOT}: the kernel gives attributes of the kind ${shown(name.slice(0, name.indexOf('.')))} to nobody else.`,
    cause,
  });
}

function named(error: { readonly path?: string }): string {
  return error.path === undefined ? 'a file' : shown(error.path);
}
