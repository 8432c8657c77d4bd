import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { syncDirectory, syncFile, syncFilesystem, writeFileAtomic, writeFileAtomicSync } from '../src/durable-file.ts';
import { faultHandler, setFaultHandler } from '../src/fault-point.ts';
import { scratch } from './scratch.ts';

afterEach(() => setFaultHandler(undefined));

test('the new content replaces the old one under a new inode, and nothing lies beside it', async () => {
  using dir = scratch();
  const path = `${dir.path}/file`;
  for (const durable of [false, true]) {
    writeFileSync(path, 'old');
    const before = statSync(path).ino;
    await writeFileAtomic(path, `new ${durable}`, { durable });
    expect(readFileSync(path, 'utf8')).toBe(`new ${durable}`);
    expect(statSync(path).ino).not.toBe(before);
  }
  writeFileAtomicSync(path, new Uint8Array([1, 2]));
  expect([...readFileSync(path)]).toEqual([1, 2]);
  expect(readdirSync(dir.path)).toEqual(['file']);
});

test('an empty file is written as one', async () => {
  using dir = scratch();
  await writeFileAtomic(`${dir.path}/file`, '', { durable: true });
  expect(readFileSync(`${dir.path}/file`, 'utf8')).toBe('');
});

test('a failure at any point leaves the old content whole, or already the new one, and nothing beside it', async () => {
  using dir = scratch();
  const path = `${dir.path}/file`;
  const counter = faultHandler(undefined);
  setFaultHandler(counter);
  await writeFileAtomic(path, 'old', { durable: true });
  for (let point = 1; point <= counter.passed(); point += 1) {
    setFaultHandler(undefined);
    writeFileSync(path, 'old');
    setFaultHandler(faultHandler({ call: '*', count: point, effect: 'ENOSPC' }));
    await expect(writeFileAtomic(path, 'new', { durable: true })).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(['old', 'new']).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(dir.path)).toEqual(['file']);
  }
});

test('durable flushes the file before the rename and the directory after it', async () => {
  using dir = scratch();
  const calls: string[] = [];
  setFaultHandler((call) => {
    calls.push(call);
  });
  await writeFileAtomic(`${dir.path}/file`, 'x', { durable: true });
  expect(calls).toEqual(['open', 'write', 'fdatasync', 'rename', 'fsync']);
  calls.length = 0;
  await writeFileAtomic(`${dir.path}/file`, 'x', { durable: false });
  expect(calls).toEqual(['open', 'write', 'rename']);
});

test('syncing works on files, directories and file systems, and a missing one fails with ENOENT', async () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, 'x');
  await syncFile(`${dir.path}/file`);
  await syncDirectory(dir.path);
  await syncFilesystem(dir.path);
  for (const sync of [syncFile, syncDirectory, syncFilesystem]) {
    await expect(sync(`${dir.path}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
  }
  await expect(syncDirectory(`${dir.path}/file`)).rejects.toMatchObject({ code: 'ENOTDIR' });
});
