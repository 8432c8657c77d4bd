import { chmodSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { effectiveCapabilities } from '../src/privileges.ts';
import { withoutPrivilege } from '../src/without-privilege.ts';
import { scratch } from './scratch.ts';

function own(): readonly string[] {
  return effectiveCapabilities(readFileSync('/proc/thread-self/status', 'latin1'));
}

const isRoot = process.geteuid?.() === 0;

test.skipIf(!isRoot)(
  'what runs without a privilege has all others, and has it again afterwards, also after an error',
  () => {
    const before = own();
    expect(withoutPrivilege('fsetid', own)).toEqual(before.filter((name) => name !== 'fsetid'));
    // Of the upper 32.
    expect(withoutPrivilege('syslog', own)).toEqual(before.filter((name) => name !== 'syslog'));
    const fails = (): never => {
      throw new Error('on purpose');
    };
    expect(() => withoutPrivilege('fsetid', fails)).toThrow('on purpose');
    expect(own()).toEqual(before);
  },
);

test.skipIf(!isRoot)('who writes without CAP_FSETID takes the set-id bits away', () => {
  using dir = scratch();
  const program = `${dir.path}/program`;
  writeFileSync(program, '');
  chmodSync(program, 0o6755);
  writeFileSync(program, 'by root');
  expect(lstatSync(program).mode & 0o7777).toBe(0o6755);
  withoutPrivilege('fsetid', () => writeFileSync(program, 'by less'));
  expect(lstatSync(program).mode & 0o7777).toBe(0o755);
});
