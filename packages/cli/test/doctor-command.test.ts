import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMounter, FuseDevice, mountFuse } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resultSchemas } from '../src/result-schemas.ts';
import { commandLine, runProgram } from './command-line.ts';

const told = z.object({
  findings: z.array(z.object({ check: z.string(), severity: z.string(), remedy: z.unknown() })),
});

const [ext4, xfs] = await Promise.all([loopFilesystemReason('ext4'), loopFilesystemReason('xfs')]);

/** A reason to skip as it stands in a title. */
function suffix(reason: string | null): string {
  return reason === null ? '' : ` (${reason})`;
}

/** The checks that are not fine. */
function complaints(printed: unknown): readonly string[] {
  const { findings } = told.parse(printed);
  return findings.filter(({ severity }) => severity !== 'fine').map(({ check }) => check);
}

describe('graphdriver doctor', () => {
  it('prints what its schema says, and makes no root', async () => {
    await using line = await commandLine();
    const root = join(line.root, 'not/yet');
    const { code, stdout } = await runProgram(['--root', root, '--json', 'doctor']);
    expect(code).toBe(0);
    const found: unknown = JSON.parse(stdout);
    expect(resultSchemas['doctor']?.safeParse(found).data).toEqual(found);
    expect(readdirSync(line.root)).toEqual([]);
  });

  it('sees a half layer, a mount that nobody holds and a folder of a probe, and heals none of them', async () => {
    await using line = await commandLine();
    for (const id of ['web', 'held']) await line.run('--driver', 'vfs', 'layer', 'create', id);
    const before = complaints(await line.json('--driver', 'vfs', 'doctor'));
    await line.run('--driver', 'vfs', 'layer', 'mount', 'held');
    const books = join(line.root, 'vfs/.graphdriver');
    writeFileSync(join(books, 'pending/half'), '');
    const trial = join(line.root, 'vfs/.graphdriver-probe-killed');
    mkdirSync(trial);
    utimesSync(trial, 1, 1);
    const stray = join(line.root, 'vfs/web/mnt');
    mkdirSync(stray, { recursive: true });
    const mounter = createMounter();
    await mounter.bind(trial, stray);
    try {
      const found = complaints(await line.json('--driver', 'vfs', 'doctor')).filter((check) => !before.includes(check));
      expect(found.toSorted()).toEqual(['half-layers', 'probe-folders', 'stray-mounts']);
      expect(readdirSync(join(books, 'pending'))).toEqual(['half']);
    } finally {
      await mounter.unmount(stray);
    }
    // The remedy that it gives.
    await line.run('--driver', 'vfs', 'layer', 'list');
    expect(complaints(await line.json('--driver', 'vfs', 'doctor'))).not.toContain('half-layers');
    await line.run('--driver', 'vfs', 'layer', 'unmount', 'held');
  });

  it.skipIf(!existsSync('/dev/fuse'))('waits for no FUSE server that hangs, and sees when one has ended', async () => {
    await using line = await commandLine();
    const target = join(line.root, 'vfs');
    mkdirSync(target);
    const device = FuseDevice.open();
    const options = [['rootmode', '40000'] as const, ['user_id', '0'] as const, ['group_id', '0'] as const];
    await mountFuse({ device: device.fd, target, source: 'nobody', options });
    try {
      // Nobody answers what the kernel asks.
      expect(complaints(await line.json('doctor'))).toContain('silent-fuse');
      const within = await runProgram(['--root', join(target, 'layers'), '--json', 'doctor']);
      expect([within.code, complaints(JSON.parse(within.stdout))]).toEqual([3, ['answers']]);
    } finally {
      device.close();
    }
    try {
      expect(complaints(await line.json('doctor'))).toContain('dead-fuse');
    } finally {
      await createMounter().unmount(target, { detach: true });
    }
    expect((await line.run('doctor')).stdout).not.toContain('FUSE mount');
  });

  it.skipIf(ext4 !== null)(`sees a file system without d_type and with few inodes${suffix(ext4)}`, async () => {
    await using _lock = await machineLock();
    await using place = await loopFilesystem({
      type: 'ext4',
      size: 64 * 1024 ** 2,
      mkfsArgs: ['-O', '^filetype', '-N', '200'],
    });
    const { stdout } = await runProgram(['--root', join(place.path, 'layers'), '--json', 'doctor']);
    expect(complaints(JSON.parse(stdout))).toEqual(expect.arrayContaining(['d_type', 'free-inodes', 'free-space']));
    expect(stdout).toContain('tune2fs');
    expect(readdirSync(place.path)).toEqual(['lost+found']);
  });

  it.skipIf(xfs !== null)(`sees shared blocks, and a root on an overlay${suffix(xfs)}`, async () => {
    await using _lock = await machineLock();
    await using place = await loopFilesystem({ type: 'xfs', size: 512 * 1024 ** 2, mkfsArgs: ['-m', 'reflink=1'] });
    const at = (name: string): string => join(place.path, name);
    const view = at('view');
    for (const name of ['lower', 'upper', 'work', 'view']) mkdirSync(at(name));
    const { findings } = told.parse(JSON.parse((await runProgram(['--root', place.path, '--json', 'doctor'])).stdout));
    expect(findings).toContainEqual(expect.objectContaining({ check: 'reflink', severity: 'fine' }));
    expect(findings).toContainEqual(expect.objectContaining({ check: 'd_type', severity: 'fine' }));
    const mounter = createMounter();
    const options = (['lower', 'upper', 'work'] as const).map((name) => [`${name}dir`, at(name)] as const);
    await mounter.mount({ type: 'overlay', source: 'overlay', target: view, options });
    try {
      const { stdout } = await runProgram(['--root', join(view, 'layers'), '--json', 'doctor']);
      const type = told.parse(JSON.parse(stdout)).findings.find(({ check }) => check === 'type');
      expect(type).toMatchObject({ severity: 'advice', remedy: expect.stringContaining('volume') });
    } finally {
      await mounter.unmount(view);
    }
  });

  it('ends with 3 where no driver works, and where the one does not that was asked for', async () => {
    const nowhere = await runProgram(['--root', '/proc/layers', '--json', 'doctor']);
    expect(nowhere.code).toBe(3);
    expect(complaints(JSON.parse(nowhere.stdout))).toContain('works');
    expect((await runProgram(['--root', '/proc/layers', '--driver', 'vfs', 'doctor'])).code).toBe(3);
    const unknown = await runProgram(['--driver', 'none-of-them', 'doctor']);
    expect([unknown.code, unknown.stdout]).toEqual([3, '']);
  });
});
