import { chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { asUser } from '../src/as-user.ts';
import { isErrno } from '../src/errno.ts';
import { scratch } from './scratch.ts';

const USER = { uid: 70_001, gid: 70_002, groups: [70_003] };

/** The line of the thread's status that begins with `key`. */
function statusLine(key: string): string {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  return new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
}

test.skipIf(process.geteuid?.() !== 0)(
  'what runs as another user has that user’s ids and no privilege, and root comes back',
  () => {
    using dir = scratch();
    chmodSync(dir.path, 0o777);
    mkdirSync(`${dir.path}/locked`, 0o700);
    const before = statusLine('CapEff');
    const [groups, privileges] = asUser(USER, () => {
      writeFileSync(`${dir.path}/own`, '');
      return [statusLine('Groups'), statusLine('CapEff')];
    });
    expect(lstatSync(`${dir.path}/own`)).toMatchObject({ uid: 70_001, gid: 70_002 });
    expect([groups, Number.parseInt(privileges ?? '1', 16)]).toEqual(['70003', 0]);
    expect(statusLine('CapEff')).toBe(before);
    expect(process.geteuid?.()).toBe(0);
  },
);

test.skipIf(process.geteuid?.() !== 0)('an error of what runs as another user is passed on by root', () => {
  using dir = scratch();
  chmodSync(dir.path, 0o755);
  let thrown: unknown;
  try {
    asUser(USER, () => writeFileSync(`${dir.path}/new`, ''));
  } catch (error) {
    thrown = error;
  }
  expect(isErrno(thrown, 'EACCES')).toBe(true);
  writeFileSync(`${dir.path}/new`, '');
});
